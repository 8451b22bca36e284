/**
 * The composition root: settings → rows and bytes → rules → sockets. Reading `startProgram` from top to bottom tells how the program is made;
 * closing runs it in reverse, and PostgreSQL is stopped last.
 */
import { randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type Router from '@koa/router'
import type { Middleware } from 'koa'
import type pg from 'pg'
import type { Logger } from 'pino'
import { everybody } from '../archive/access.ts'
import { Accounts } from '../archive/accounts.ts'
import { Audit } from '../archive/audit.ts'
import { changeFeedConsumer, numberChanges } from '../archive/change-feed.ts'
import { followChanges } from '../archive/changes.ts'
import { headersConsumer, prepareHeaders, removeOrphanedHeaders } from '../archive/corrected-headers.ts'
import { findDestination } from '../archive/destinations.ts'
import { newUID } from '../archive/dicom/uid.ts'
import { compareEncodings, encodingsConsumer } from '../archive/encodings.ts'
import { storeKeyObjects } from '../archive/key-objects.ts'
import { completeQuietOrders, matchArrivals, matchingConsumer } from '../archive/orders/matching.ts'
import { readyAsListed } from '../archive/orders/performed-steps.ts'
import { openPublisher } from '../archive/publisher.ts'
import { removePurged } from '../archive/purge.ts'
import { handleClocks } from '../archive/reading/board/device-clocks.ts'
import { turnLadder } from '../archive/reading/critical/perform.ts'
import { loadFonts } from '../archive/reading/documents/glyphs.ts'
import { rejectDocuments } from '../archive/reading/documents/reject-documents.ts'
import { storeDocuments } from '../archive/reading/documents/store-documents.ts'
import { LiveEvents } from '../archive/reading/live.ts'
import { Refused } from '../archive/reading/refused.ts'
import { followRetakes } from '../archive/reading/returns/retakes.ts'
import { learnTechnologists } from '../archive/reading/returns/return-cards.ts'
import { storeReturnDocuments } from '../archive/reading/returns/return-documents.ts'
import { archiveSigner } from '../archive/reading/signing/signer.ts'
import { readingDefaults } from '../archive/reading/tools.ts'
import { careConsumer, endCare, followCare, reviewCare } from '../archive/reading/ward/care.ts'
import { arrivalsConsumer, handleArrivals } from '../archive/reading/workflow/arrivals.ts'
import { turnClocks } from '../archive/reading/workflow/clocks.ts'
import { obeyRejectionNotes, storeRejectionNotes } from '../archive/rejection-notes.ts'
import { Renderer } from '../archive/rendered/renderer.ts'
import { offerSetup } from '../archive/setup.ts'
import { Sources } from '../archive/sources.ts'
import { countChanges, statisticsConsumer } from '../archive/statistics/follow.ts'
import { type StoreTools, storeInstance } from '../archive/store.ts'
import { emptyQuarantine, sweep } from '../archive/sweeper.ts'
import { forgetCommitments } from '../storage/index/commitments.ts'
import { startEmbeddedPostgres } from '../storage/index/embedded.ts'
import { type Institution, listInstitutions, upsertInstitution } from '../storage/index/institutions.ts'
import { type Index, openIndex, prepare } from '../storage/index/postgres.ts'
import { forgetClockSamples } from '../storage/index/reading/device-clocks.ts'
import { filesystemStore } from '../storage/objects/filesystem.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import type { Config } from './config.ts'
import { dicomwebRoutes } from './dicomweb/routes.ts'
import type { DICOMwebTools } from './dicomweb/tools.ts'
import { openWorklist } from './dicomweb/ups/service.ts'
import { wadoURIRoutes } from './dicomweb/wado-uri.ts'
import { storageCommitment, turnCommitments } from './dimse/commitment.ts'
import { echoAE } from './dimse/echo.ts'
import { performedStep } from './dimse/performed-step.ts'
import { queryRetrieve, queryRetrieveLimits } from './dimse/query-retrieve.ts'
import { startDIMSE } from './dimse/scp.ts'
import { destinationOpener } from './dimse/sender.ts'
import { secureTransport } from './dimse/tls.ts'
import { Turns } from './dimse/turns.ts'
import { modalityWorklist } from './dimse/worklist.ts'
import { openFieldKey } from './field-key.ts'
import { countStore, createMetrics } from './health.ts'
import { startHTTP } from './http.ts'
import { defaultPatience } from './patience.ts'
import { sendNotices } from './reading/critical-webhook.ts'
import { holdWhileLocked } from './reading/lock-routes.ts'
import { portalRoutes } from './reading/routes.ts'
import type { DemoAccount } from './reading/tools.ts'
import { verifyRoutes } from './reading/verify-routes.ts'
import { recogniseAsker, requireAsker } from './session.ts'
import { staticViewer } from './static-viewer.ts'
import { every, type Repeating } from './timers.ts'

/** Answered storage commitments are listed for so long. */
const commitmentDays = 90

export interface ProgramOptions {
  readonly log: Logger
  /** Folders of the built portal and the unpacked viewer; without them only the interfaces are served. */
  readonly pages?: { readonly portal: string; readonly ohif: string }
  /** Offered on the sign-in page while the demo county runs. */
  readonly demoAccounts?: () => readonly DemoAccount[]
  /** An outside PostgreSQL by its parameters, and a store of one's own: for tests that break them. */
  readonly connection?: pg.PoolConfig
  readonly objects?: ObjectStore
}

export interface Program {
  readonly httpPort: number
  readonly dicomPort: number
  readonly dicomTLSPort: number | undefined
  readonly index: Index
  readonly objects: ObjectStore
  readonly accounts: Accounts
  /** The one-time token with which the first administrator is made, when there is none. */
  readonly setupToken: string | undefined
  close(): Promise<void>
}

export async function startProgram(config: Config, options: ProgramOptions): Promise<Program> {
  const { log } = options
  const say = (sentence: string) => log.info(sentence)
  const clock = () => new Date()
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse())
      await closer().catch((error: unknown) => log.error({ err: error }, 'not closed cleanly'))
  }

  try {
    // Files that are wrong are told of before anything is started.
    const transport = secureTransport(config)

    // Rows and bytes.
    const connection = options.connection ?? (config.DATABASE_URL === undefined ? await embedded() : undefined)
    const index = openIndex({
      ...(connection === undefined ? { url: config.DATABASE_URL! } : { connection }),
      max: config.DATABASE_POOL,
      log: say,
    })
    closers.push(() => index.close())
    await prepare(index)
    const objects = options.objects ?? (await openObjects(config))
    closers.push(() => objects.close())
    await objects.check()

    // Rules.
    const metrics = createMetrics()
    const accounts = new Accounts(index, { demo: options.demoAccounts !== undefined })
    const audit = new Audit({ index, clock, log })
    closers.push(() => audit.close())
    const sources = new Sources(index, async (name) => (await lookup(name, { all: true })).map(({ address }) => address))
    const renderer = new Renderer({
      workers: config.RENDER_WORKERS,
      ...(config.FONT_FALLBACK === undefined ? {} : { fallbackFont: config.FONT_FALLBACK }),
    })
    closers.push(() => renderer.close())
    const publisher = await openPublisher({ index, gateway: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`, log: say })
    closers.push(() => publisher.close())
    const storeTools: StoreTools = {
      objects,
      publisher,
      clock,
      publicPath: config.PUBLIC_PATH,
      maxInstanceBytes: config.MAX_INSTANCE_BYTES,
      observe: (source, result, seconds) => countStore(metrics, source.via, result, seconds),
    }
    const fonts = lazily(() => loadFonts(config.FONT_FALLBACK))
    const fieldKey = await openFieldKey(config)
    const reading = {
      index,
      clock,
      fieldKey,
      signer: archiveSigner(fieldKey),
      publicURL: config.PUBLIC_URL ?? ownURL(config.HTTP_PORT),
      newUID: () => newUID(),
      ...readingDefaults,
      centreTitle: config.CENTRE_NAME,
      outwardChannel: config.CRITICAL_WEBHOOK_URL !== undefined,
      quietSeconds: config.QUIET_SECONDS,
      retention: { years: config.RETENTION_YEARS, days: config.REJECTED_DAYS },
      render: { index, objects, renderer, publicPath: config.PUBLIC_PATH },
      log,
    }

    // What follows the change feed, and what the clock drives.
    const arrivals = followChanges({
      index,
      consumer: arrivalsConsumer,
      handle: async (changes) => {
        await handleArrivals(reading, changes)
        await handleClocks(reading, changes)
      },
      log: say,
    })
    closers.push(() => arrivals.close())
    const headers = followChanges({
      index,
      consumer: headersConsumer,
      handle: (changes) => prepareHeaders({ index, objects, publisher, clock, log }, changes),
      batch: 100,
      log: say,
    })
    closers.push(() => headers.close())
    const encodings = followChanges({
      index,
      consumer: encodingsConsumer,
      handle: (changes) => compareEncodings({ index, objects, renderer, log }, changes),
      batch: 100,
      log: say,
    })
    closers.push(() => encodings.close())
    const feed = followChanges({
      index,
      consumer: changeFeedConsumer,
      handle: async (changes) => {
        await numberChanges({ index }, changes)
        await obeyRejectionNotes({ ...reading, objects, publicPath: config.PUBLIC_PATH, log }, changes)
      },
      log: say,
    })
    closers.push(() => feed.close())
    const matching = followChanges({ index, consumer: matchingConsumer, handle: (changes) => matchArrivals(reading, changes), log: say })
    closers.push(() => matching.close())
    const counting = followChanges({ index, consumer: statisticsConsumer, handle: (changes) => countChanges({ index }, changes), log: say })
    closers.push(() => counting.close())
    const care = followChanges({ index, consumer: careConsumer, handle: (changes) => followCare(reading, changes), log: say })
    closers.push(() => care.close())
    const live = new LiveEvents(index, say)
    closers.push(() => live.close())
    for (const repeating of [
      every(1_000, 'turning the clocks', log, () => turnClocks(reading, config.QUIET_SECONDS)),
      every(1_000, 'escalating critical values', log, () => turnLadder(reading)),
      ...outward(index),
      every(60_000, 'ending access for a time', log, () => endCare(reading)),
      every(3_600_000, 'reviewing who is under whose care', log, () => reviewCare(reading)),
      every(1_000, 'looking for exams that are complete', log, () => readyAsListed(reading)),
      every(1_000, 'completing orders', log, () => completeQuietOrders(reading, config.QUIET_SECONDS)),
      every(1_000, 'storing report documents', log, () =>
        storeDocuments({ index, render: reading.render, store: (source, part10) => storeInstance(storeTools, source, part10), fonts, log }),
      ),
      every(1_000, 'putting aside documents of what was corrected or retracted', log, () => rejectDocuments(reading)),
      every(1_000, 'storing key objects', log, () =>
        storeKeyObjects({ index, store: (source, part10) => storeInstance(storeTools, source, part10), log }),
      ),
      every(1_000, 'following retakes', log, () => followRetakes(reading)),
      every(1_000, 'storing documents of returns', log, () =>
        storeReturnDocuments({ index, store: (source, part10) => storeInstance(storeTools, source, part10), log }),
      ),
      every(5_000, 'learning who took the images', log, () => learnTechnologists(reading)),
      every(1_000, 'sealing the audit', log, () => audit.seal()),
      every(600_000, 'forgetting old sessions', log, () => accounts.sweep()),
      every(86_400_000, 'forgetting old clock samples', log, () => forgetClockSamples(index.pool)),
      every(3_600_000, 'forgetting old storage commitments', log, () => forgetCommitments(index.pool, commitmentDays)),
      every(1_000, 'storing rejection notes', log, () =>
        storeRejectionNotes({ index, store: (source, part10) => storeInstance(storeTools, source, part10), log }),
      ),
      every(10_000, 'removing what was purged', log, () => removePurged({ index, objects, log: say })),
      every(600_000, 'removing headers of instances that have gone', log, () => removeOrphanedHeaders({ index, objects })),
      every(600_000, 'sweeping', log, () => sweep({ index, objects, log: say })),
      every(86_400_000, 'emptying the quarantine', log, () => emptyQuarantine({ objects }, clock())),
    ]) {
      closers.push(() => repeating.close())
    }

    // Sockets.
    const centre = await firstCentre(index, config)
    const setupToken = config.AUTH === 'off' || options.demoAccounts !== undefined ? undefined : await offerSetup({ index, accounts })
    const nobody = config.AUTH === 'off' ? everybody(centre, await scopeOfAll(index)) : undefined
    const limits = {
      maximumAssociations: config.MAX_ASSOCIATIONS,
      maximumLength: config.MAX_PDU,
      stallTimeout: config.DIMSE_TIMEOUT * 1_000,
    }
    const openDestination = destinationOpener({ AETitle: config.AE_TITLE, limits, tls: transport.client })
    const closing = new AbortController()
    const commitments = { index, objects, openDestination, audit, closing: closing.signal, log }
    const committing = every(1_000, 'reporting storage commitments', log, () => turnCommitments(commitments))
    closers.push(() => {
      closing.abort()
      return committing.close()
    })
    const dimse = await startDIMSE({
      host: config.DICOM_HOST,
      port: config.DICOM_PLAIN === 'on' ? config.DICOM_PORT : undefined,
      tls:
        config.DICOM_TLS_PORT === undefined
          ? undefined
          : { ...transport.server({ clientCertificates: config.DICOM_TLS_CLIENTS === 'certificate' }), port: config.DICOM_TLS_PORT },
      AETitle: config.AE_TITLE,
      limits,
      archive: {
        store: (source, part10, expected) => storeInstance(storeTools, source, part10, { expected }),
        findAE: (AETitle, address) => sources.ofAE(AETitle, address),
        identify: (ae, username, passcode, address) => speaksFor(accounts, ae.source.institution, username, passcode, address),
      },
      services: [
        ...queryRetrieve({
          index,
          objects,
          renderer,
          audit,
          AETitle: config.AE_TITLE,
          findDestination: (AETitle, caller) => findDestination(index, AETitle, caller),
          openDestination,
          destinationTurns: new Turns(),
          ...queryRetrieveLimits,
        }),
        modalityWorklist({ ...reading, audit }),
        performedStep({ ...reading, audit }),
        storageCommitment(commitments),
      ],
      acceptUnknown:
        config.ACCEPT_UNKNOWN_AE === 'on'
          ? {
              source: { institution: centre.id, institutionCode: centre.code, grants: [], via: 'c-store' },
              mayStore: true,
              mayQuery: false,
              mayRetrieve: false,
              mayWorklist: false,
              worklistCharacterSet: 'ISO_IR 192',
              maxAssociations: null,
              requiresIdentity: false,
            }
          : undefined,
      log,
    })
    closers.push(() => dimse.close())
    metrics.observeAssociations(() => dimse.associations())

    const dicomwebTools: DICOMwebTools = {
      ...storeTools,
      index,
      renderer,
      sourceOf: (asker) => sources.ofInstitution(asker.institution.id, 'stow', asker.account === 0 ? undefined : asker.account),
      audit,
      deletion: reading,
      log,
      patience: { ...defaultPatience, windowMs: config.STOW_TIMEOUT * 1_000 },
    }
    const dicomweb = dicomwebRoutes(dicomwebTools)
    const recognise = recogniseAsker({ accounts, everybody: nobody })
    const worklist = await openWorklist({ reading, accounts, audit, clock, publicPath: config.PUBLIC_PATH, recognise, log })
    const http = await startHTTP({
      host: config.HTTP_HOST,
      port: config.HTTP_PORT,
      trustProxy: config.TRUST_PROXY === 'on',
      health: {
        checks: { database: async () => void (await index.pool.query('select 1')), objects: () => objects.check() },
        metrics,
      },
      routes: [
        ...routesOf(verifyRoutes({ index, clock })),
        recognise,
        ...routesOf(
          portalRoutes({
            ...reading,
            accounts,
            audit,
            live,
            fonts,
            echo: (asker, title) => echoAE({ index, openDestination }, asker, title),
            ourAE: {
              AETitle: config.AE_TITLE,
              host: config.DICOM_HOST,
              port: config.DICOM_PLAIN === 'on' ? dimse.port : null,
              tlsPort: dimse.tlsPort ?? null,
            },
            demoAccounts: options.demoAccounts ?? (() => []),
          }),
        ),
        under('/dicomweb', requireAsker),
        under('/dicomweb', holdWhileLocked({ index })),
        ...routesOf(dicomweb),
        under('/wado', requireAsker),
        under('/wado', holdWhileLocked({ index })),
        ...routesOf(wadoURIRoutes(dicomwebTools)),
        ...routesOf(worklist.router),
        ...(options.pages === undefined ? [] : [await staticViewer(options.pages)]),
      ],
      upgrade: worklist.upgrade,
      log,
    })
    closers.push(() => http.close())
    // Before the server, which waits for every connection: event channels end only by being closed.
    closers.push(() => worklist.close())
    return { httpPort: http.port, dicomPort: dimse.port, dicomTLSPort: dimse.tlsPort, index, objects, accounts, setupToken, close }
  } catch (error) {
    await close()
    throw error
  }

  /** Only where the county has named an address. */
  function outward(index: Index): Repeating[] {
    const {
      CRITICAL_WEBHOOK_URL: url,
      CRITICAL_WEBHOOK_SECRET: secret,
      CRITICAL_WEBHOOK_FORMAT: format,
      CRITICAL_WEBHOOK_DETAIL: detail,
    } = config
    if (url === undefined || secret === undefined) return []
    return [every(1_000, 'telling critical values outside', log, () => sendNotices({ index, log }, { url, secret, format, detail }))]
  }

  async function embedded(): Promise<pg.PoolConfig> {
    const server = await startEmbeddedPostgres({ dataDir: join(config.DATA_DIR, 'postgres'), log: say })
    closers.push(() => server.close())
    return server.connection
  }
}

async function openObjects(config: Config): Promise<ObjectStore> {
  const { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey } = config
  if (endpoint === undefined) return filesystemStore({ root: join(config.DATA_DIR, 'objects') })
  // The client takes 18 MB and an eighth of a second, which only who has an S3 store shall pay.
  const { s3Store } = await import('../storage/objects/minio.ts')
  return s3Store({ endpoint, bucket, region, accessKey: accessKey!, secretKey: secretKey! })
}

/** A new archive begins with one institution, the reading centre; its name is the setting's until an administrator gives it its own. */
async function firstCentre({ pool }: Index, { CENTRE_NAME: name }: Config): Promise<Institution> {
  const all = await listInstitutions(pool)
  const centre = all.find(({ readingCentre }) => readingCentre) ?? all[0]
  return centre ?? upsertInstitution(pool, { code: 'COUNTY', name, level: 'county', readingCentre: true })
}

const scopeOfAll = async ({ pool }: Index): Promise<number[]> => (await listInstitutions(pool)).map(({ id }) => id)

/** Whether this is the name and password of a program of the institution. */
async function speaksFor(accounts: Accounts, institution: number, username: string, password: string, address: string): Promise<boolean> {
  try {
    const asker = await accounts.askerOfPassword(username, password, address)
    return asker.kind === 'program' && asker.institution.id === institution
  } catch (error) {
    if (error instanceof Refused) return false
    throw error
  }
}

/** Answers of the routes, and 405 with `Allow`. The router's types add its own parameters to the context, which its own routes alone read. */
const routesOf = (router: Router): Middleware[] => [router.routes(), router.allowedMethods()] as unknown as Middleware[]

/** A middleware for one branch of the addresses. */
const under =
  (prefix: string, middleware: Middleware): Middleware =>
  (ctx, next) =>
    ctx.path === prefix || ctx.path.startsWith(`${prefix}/`) ? middleware(ctx, next) : next()

/** Where a telephone in the house finds this machine, as far as it knows itself. */
function ownURL(port: number): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const { address = '127.0.0.1' } = addresses.find(({ family, internal }) => family === 'IPv4' && !internal) ?? {}
  return `http://${address}:${port}`
}

/** Fonts are 20 MB of reading: only when the first report is printed. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
