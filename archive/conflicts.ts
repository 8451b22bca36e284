/**
 * Conflicts: what publishing could not decide and a person must (dicom.md §6, index.md §1). Each kind has its decisions; each decision has who, when and
 * why, is carried out and noted in one transaction, and can be taken back where nothing outside has happened by it.
 */
import {
  acceptHeld,
  decideQuestion,
  decideVersions,
  fragmentsOf,
  listQuestions,
  lockQuestion,
  makeCurrent,
  type QuestionKind,
  type QuestionRow,
  reopenQuestion,
  setProvisional,
  type Told,
  type VersionChoice,
} from '../storage/index/conflicts.ts'
import { takeTurn } from '../storage/index/corrections.ts'
import type { Index } from '../storage/index/postgres.ts'
import { type Queryable, transaction } from '../storage/index/query.ts'
import { appendChanges } from '../storage/index/reading/workitem-change.ts'
import { type Asker, answersFor, demand, demandOver, demandPerson, may } from './access.ts'
import { auditIn } from './audit.ts'
import { differencesOf } from './conflicting-versions.ts'
import { type CorrectionChange, correctStudyIn, reasonOf, undoCorrectionIn } from './corrections.ts'
import { transferSyntaxOf } from './dicom/transfer-syntaxes.ts'
import { BadRequest, Conflict, NotFound } from './errors.ts'
import { mergeIn, undoLinkIn } from './patients.ts'

export interface ConflictTools {
  readonly index: Index
}

type Sentence = { readonly zh: string; readonly en: string }
type Attributes = Readonly<Record<string, string>>

export interface ConflictView {
  readonly id: string
  readonly kind: 'identity' | 'content' | 'disagreement' | 'held' | 'encoding'
  readonly at: Date
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string | null
  readonly SOPInstanceUID: string | null
  readonly institution: { readonly id: number; readonly name: string }
  readonly what: Sentence
  readonly current: Attributes
  readonly other: Attributes
  readonly decisions: readonly (Sentence & { readonly code: string; readonly destructive: boolean })[]
  readonly decided: { readonly decision: string; readonly by: string; readonly at: Date; readonly reason: string } | null
}

/** What a decision does: its row in the list, and how it is carried out. Answers what else it made, and what the feed is told. */
interface Decision extends Sentence {
  readonly code: string
  /** It cannot simply be taken back. */
  readonly destructive?: boolean
  readonly carryOut: (client: Queryable, asker: Asker, reason: string) => Promise<Outcome>
}

interface Outcome {
  readonly link?: number
  readonly correction?: number
  readonly changes?: readonly (CorrectionChange | { readonly kind: 'update'; readonly studyPk: number; readonly ref: string })[]
  readonly published?: readonly string[]
}

const kinds: Readonly<Record<QuestionKind, { kind: ConflictView['kind']; what: (row: QuestionRow) => Sentence }>> = {
  patient: {
    kind: 'identity',
    what: () => ({
      zh: '同一患者编号下姓名、性别或出生日期不一致，可能是两个人；在确认前按两人分别显示',
      en: 'The same PatientID with another name, sex or birth date: perhaps two people; they are kept apart until somebody decides',
    }),
  },
  study: {
    kind: 'disagreement',
    what: () => ({
      zh: '同一检查内有影像写着另一位患者；目前显示最先到达的',
      en: 'Images of one study name another patient; what came first is shown',
    }),
  },
  conflict: {
    kind: 'content',
    what: ({ versions }) => ({
      zh: `同一影像编号收到内容不同的影像，共 ${versions.length + 1} 个版本；目前使用最先到达的`,
      en: `Other content came under the same SOPInstanceUID: ${versions.length + 1} versions; the first is shown`,
    }),
  },
  encoding: {
    kind: 'encoding',
    what: () => ({
      zh: '同一影像以另一种传输语法再次到达，内容与现有的不一致',
      en: 'The same instance came in another transfer syntax, and what it holds differs',
    }),
  },
  held: {
    kind: 'held',
    what: ({ sender, held }) => ({
      zh: `${sender?.name ?? '其他机构'} 发来该检查的 ${held?.instances ?? 0} 幅影像，而该检查属于另一机构；目前双方都看不到`,
      en: `${sender?.name ?? 'Another institution'} sent ${held?.instances ?? 0} images of this study, which belongs to somebody else; neither side sees them`,
    }),
  },
}

const decisionsOf: Readonly<Record<QuestionKind, (row: QuestionRow) => readonly Decision[]>> = {
  patient: ({ provisionalPatient, suspectedPatient }) => [
    {
      code: 'same-person',
      zh: '是同一人，归入原患者',
      en: 'The same person: file under the patient',
      carryOut: async (client, asker, reason) => {
        const { link, changes } = await mergeIn(client, asker, provisionalPatient!, suspectedPatient!, reason)
        return { link, changes }
      },
    },
    {
      code: 'other-person',
      zh: '是两个人，继续分开',
      en: 'Two people: they stay apart',
      carryOut: async (client) => {
        await setProvisional(client, provisionalPatient!, false)
        return {}
      },
    },
  ],
  study: (row) => [
    { code: 'keep-first', zh: '保留现有的患者信息', en: 'What came first stands', carryOut: async () => ({}) },
    ...(row.said === null
      ? []
      : [
          {
            code: 'correct',
            zh: '改用后到影像所写的患者信息',
            en: 'Correct the study to what the later images say',
            carryOut: async (client: Queryable, asker: Asker, reason: string) => {
              const attributes = attributesOf(row.said!)
              const { revision, changes } = await correctStudyIn(client, asker, row.StudyInstanceUID, { attributes, reason })
              return { correction: revision, changes }
            },
          },
        ]),
  ],
  conflict: versionDecisions,
  encoding: versionDecisions,
  held: ({ studyPk, sender }) => [
    {
      code: 'accept',
      zh: '接收，并允许发送机构查看该检查',
      en: 'Accept them, and let the sender see the study',
      destructive: true,
      carryOut: async (client) => ({ published: await acceptHeld(client, studyPk, sender!.id) }),
    },
    { code: 'refuse', zh: '不接收，继续保留但不显示', en: 'Refuse them: kept, but shown to nobody', carryOut: async () => ({}) },
  ],
}

function versionDecisions(row: QuestionRow): readonly Decision[] {
  const pks = row.versions.map(({ pk }) => pk)
  return [
    {
      code: 'keep-current',
      zh: '继续使用现有的影像',
      en: 'What stands now stays',
      carryOut: async (client, asker) => {
        await decideVersions(client, pks, { decision: 'kept-aside', account: asker.account })
        return {}
      },
    },
    // What names another study or series cannot take this place.
    ...row.versions
      .filter(
        (version) => version.StudyInstanceUID === row.StudyInstanceUID && version.SeriesInstanceUID === row.instance?.SeriesInstanceUID,
      )
      .map(
        ({ pk, number, receivedAt, AETitle }: VersionChoice): Decision => ({
          code: `use-version-${number}`,
          zh: `改用第 ${number} 版（${receivedAt.slice(0, 16).replace('T', ' ')} ${AETitle ?? ''}）`,
          en: `Use version ${number} (${receivedAt.slice(0, 16).replace('T', ' ')} ${AETitle ?? ''})`,
          carryOut: async (client, asker) => {
            await makeCurrent(client, pk)
            await decideVersions(client, pks, { decision: `version-${pk}`, account: asker.account })
            return { changes: [{ kind: 'update', studyPk: row.studyPk, ref: row.detail }] }
          },
        }),
      ),
  ]
}

/** How a decision is taken back; absent where it is not. */
function undoOf(row: QuestionRow): Decision['carryOut'] | undefined {
  switch (row.kind) {
    case 'patient':
      if (row.linkId !== null) return async (client, asker, reason) => ({ changes: await undoLinkIn(client, asker, row.linkId!, reason) })
      return async (client) => {
        await setProvisional(client, row.provisionalPatient!, true)
        return {}
      }
    case 'study':
      return async (client, asker, reason) =>
        row.correction === null
          ? {}
          : { changes: (await undoCorrectionIn(client, asker, row.StudyInstanceUID, row.correction, reason)).changes }
    case 'conflict':
    case 'encoding':
      return async (client) => {
        const used = /^use-version-(\d+)$/.exec(row.decided?.decision ?? '')?.[1]
        const version = row.versions.find(({ number }) => String(number) === used)
        if (version !== undefined) await makeCurrent(client, version.pk)
        await decideVersions(
          client,
          row.versions.map(({ pk }) => pk),
          null,
        )
        return version === undefined ? {} : { changes: [{ kind: 'update', studyPk: row.studyPk, ref: row.detail }] }
      }
    case 'held':
      return row.decided?.decision === 'refuse' ? async () => ({}) : undefined
  }
}

const reopen = { code: 'reopen', zh: '撤销决定，重新处理', en: 'Take the decision back' } as const

/** @throws Forbidden */
export async function listConflicts(
  { index: { pool } }: ConflictTools,
  asker: Asker,
  { state, limit }: { readonly state: 'open' | 'decided'; readonly limit: number },
): Promise<ConflictView[]> {
  demand(asker, 'identify')
  const rows = await listQuestions(pool, asker.scope, overseesAll(asker), state, limit)
  const views: ConflictView[] = []
  for (const row of rows) views.push(await viewOf(pool, row, asker))
  return views
}

const overseesAll = (asker: Asker) => asker.institution.readingCentre && may(asker, 'administer')

async function viewOf(on: Queryable, row: QuestionRow, asker: Asker): Promise<ConflictView> {
  const { kind, what } = kinds[row.kind]
  const { current, other } = await sidesOf(on, row)
  const mayDecide = answersFor(asker, row.institution.id)
  const decisions = row.decided === null ? decisionsOf[row.kind](row) : undoOf(row) === undefined ? [] : [reopen]
  const isOfInstance = row.kind === 'conflict' || row.kind === 'encoding'
  return {
    id: String(row.id),
    kind,
    at: row.raisedAt,
    StudyInstanceUID: row.StudyInstanceUID,
    SeriesInstanceUID: row.instance?.SeriesInstanceUID ?? null,
    SOPInstanceUID: isOfInstance ? row.detail : null,
    institution: row.institution,
    what: what(row),
    current,
    other,
    decisions: mayDecide
      ? decisions.map(({ code, zh, en, ...rest }) => ({ code, zh, en, destructive: 'destructive' in rest && rest.destructive === true }))
      : [],
    decided: row.decided,
  }
}

async function sidesOf(on: Queryable, row: QuestionRow): Promise<{ current: Attributes; other: Attributes }> {
  switch (row.kind) {
    case 'patient':
      return { current: attributesOf(row.suspected ?? {}), other: attributesOf(row.patient) }
    case 'study':
      return { current: attributesOf(row.patient), other: row.said === null ? { PatientName: row.detail } : attributesOf(row.said) }
    case 'held':
      return { current: attributesOf(row.patient), other: attributesOf(row.held?.told ?? {}) }
    case 'conflict':
    case 'encoding': {
      const [version] = row.versions
      if (row.instance === null || version === undefined) return { current: {}, other: {} }
      const { current, versions } = await fragmentsOf(on, row.detail, [version.pk], 1 << 20)
      const differences = differencesOf(current, versions.get(version.pk))
      return {
        current: { ...originOf(row.instance), ...differences.current },
        other: { ...originOf(version), ...differences.other },
      }
    }
  }
}

const originOf = (from: Omit<VersionChoice, 'pk' | 'number' | 'StudyInstanceUID'>): Attributes => ({
  TransferSyntaxUID: transferSyntaxOf(from.TransferSyntaxUID)?.name ?? from.TransferSyntaxUID,
  SeriesInstanceUID: from.SeriesInstanceUID,
  InstitutionName: from.institution,
  ...(from.AETitle === null ? {} : { SourceApplicationEntityTitle: from.AETitle }),
})

const columns = {
  PatientName: 'patient_name',
  PatientID: 'patient_id',
  PatientSex: 'patient_sex',
  PatientBirthDate: 'patient_birth_date',
} as const

const attributesOf = (told: Told): Attributes =>
  Object.fromEntries(Object.entries(columns).map(([keyword, column]) => [keyword, told[column] ?? '']))

/**
 * Carries a decision out. Of two who decide at once the second is told that it is decided.
 * @throws NotFound, Forbidden, BadRequest; Conflict: it is decided, or what it rests on has changed
 */
export function decideConflict(tools: ConflictTools, asker: Asker, id: number, decision: string, why: string): Promise<void> {
  return transaction(tools.index.pool, async (client) => {
    demand(asker, 'identify')
    demandPerson(asker)
    const reason = reasonOf(why)
    await takeTurn(client)
    const row = await lockQuestion(client, asker.scope, overseesAll(asker), id)
    if (row === undefined) throw new NotFound(`There is no conflict ${id}`)
    demandOver(asker, row.institution.id)
    const isUndoing = decision === reopen.code
    if ((row.decided !== null) !== isUndoing)
      throw new Conflict(isUndoing ? `Conflict ${id} is open` : `Conflict ${id} was decided by ${row.decided!.by}`, {
        current: row.decided,
      })
    const carryOut = isUndoing ? undoOf(row) : decisionsOf[row.kind](row).find(({ code }) => code === decision)?.carryOut
    if (carryOut === undefined) throw new BadRequest(`${decision} is no decision of this conflict`)
    const { link, correction, changes = [], published = [] } = await carryOut(client, asker, reason)
    if (isUndoing) await reopenQuestion(client, id)
    else
      await decideQuestion(client, id, {
        decision,
        reason,
        account: asker.account,
        ...(link === undefined ? {} : { link }),
        ...(correction === undefined ? {} : { correction }),
      })
    const { StudyInstanceUID, studyPk } = row
    await auditIn(client, asker, {
      action: 'decide-conflict',
      StudyInstanceUID,
      object: `conflict/${id}`,
      detail: { kind: row.kind, decision, reason },
    })
    await appendChanges(client, [
      ...changes,
      ...published.map((ref) => ({ kind: 'instance' as const, studyPk, ref })),
      { kind: 'correction', studyPk, ref: `conflict/${id}` },
    ])
  })
}
