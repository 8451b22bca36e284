/**
 * Every setting once: its name, meaning, default and bounds. `process.env` is read here and nowhere else.
 * The README's table is made from this one (`settingsTable`), and a test holds the two together.
 */
import { resolve } from 'node:path'
import { z } from 'zod'
import { ArchiveError } from '../storage/errors.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const seconds = z.coerce.number().int().min(1).max(86_400)
const onOff = z.enum(['on', 'off'])

interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema
  /** Undefined: not set, and that has a meaning of its own. */
  readonly preset: z.input<Schema> | undefined
  readonly meaning: string
}

const setting = <Schema extends z.ZodType>(schema: Schema, preset: z.input<Schema> | undefined, meaning: string): Setting<Schema> => ({
  schema,
  preset,
  meaning,
})

export const settings = {
  HTTP_HOST: setting(z.string().min(1), '127.0.0.1', 'address that the portal, DICOMweb and OHIF are served on'),
  HTTP_PORT: setting(port, 8080, 'its port; 0 takes a free one'),
  DICOM_HOST: setting(z.string().min(1), '127.0.0.1', 'address that DIMSE associations are accepted on'),
  DICOM_PORT: setting(port, 11112, 'its port; 0 takes a free one'),
  DICOM_PLAIN: setting(onOff, 'on', 'off: associations over TLS only'),
  DICOM_TLS_PORT: setting(
    port,
    undefined,
    'port of associations over TLS (PS3.15 Annex B), 2762 by custom; unset: none; 0 takes a free one',
  ),
  DICOM_TLS_CERT: setting(z.string(), undefined, 'file with the certificate of the archive and its chain, in PEM'),
  DICOM_TLS_KEY: setting(z.string(), undefined, 'file with its private key, in PEM'),
  DICOM_TLS_CA: setting(z.string(), undefined, 'file with the certificates of those who sign for the equipment, in PEM'),
  DICOM_TLS_CLIENTS: setting(
    z.enum(['certificate', 'anonymous']),
    'certificate',
    'whether equipment that calls over TLS must show a certificate',
  ),
  AE_TITLE: setting(
    z.string().regex(/^[\x21-\x5b\x5d-\x7e]{1,16}$/, 'is 1–16 printable ASCII characters'),
    'ARCHIVE',
    'how modalities call the archive',
  ),
  DATA_DIR: setting(z.string().min(1), './data', 'folder of the embedded PostgreSQL and of objects on the local disk'),
  DATABASE_URL: setting(z.string().startsWith('postgres'), undefined, 'an outside PostgreSQL, 15 or later; unset: the embedded one'),
  // One waits for changes; the rest is for requests and for what follows the change feed.
  DATABASE_POOL: setting(z.coerce.number().int().min(10).max(200), 16, 'connections to PostgreSQL, at most'),
  S3_ENDPOINT: setting(z.string().url(), undefined, 'MinIO or any S3; unset: objects on the local disk'),
  S3_BUCKET: setting(z.string().min(3).max(63), 'archive', 'bucket, made when it is missing'),
  S3_ACCESS_KEY: setting(z.string(), undefined, 'access key of the object store'),
  S3_SECRET_KEY: setting(z.string(), undefined, 'secret key of the object store'),
  S3_REGION: setting(z.string().min(1), 'us-east-1', 'region named in the signature'),
  PUBLIC_PATH: setting(
    z.string().regex(/^(\/[\w.-]+)*$/, 'is empty or begins with a slash and ends without one'),
    '',
    'path prefix that a proxy puts before everything',
  ),
  TRUST_PROXY: setting(onOff, 'off', 'on: client address and https come from the proxy in front (X-Forwarded-For, X-Forwarded-Proto)'),
  AUTH: setting(onOff, 'on', 'off: everybody is an administrator; only together with loopback addresses'),
  DEMO: setting(onOff, undefined, 'demo county; unset: on when the data folder is empty and both addresses are loopback'),
  ACCEPT_UNKNOWN_AE: setting(onOff, 'off', 'on: associations from unregistered AE titles are accepted for the reading centre'),
  MAX_ASSOCIATIONS: setting(z.coerce.number().int().min(1).max(1_000), 64, 'associations at once, at most'),
  MAX_PDU: setting(z.coerce.number().int().min(4_096).max(1_048_576), 131_072, 'bytes of a PDU that the archive receives, at most'),
  DIMSE_TIMEOUT: setting(seconds, 60, 'seconds without a byte before an association is aborted'),
  MAX_INSTANCE_BYTES: setting(z.coerce.number().int().min(1_048_576), 8 * 1024 ** 3, 'bytes of one instance, at most'),
  STOW_TIMEOUT: setting(seconds, 60, 'seconds without a byte before a STOW request is given up'),
  RENDER_WORKERS: setting(z.coerce.number().int().min(1).max(64), 2, 'threads that decode pixels for rendered pictures'),
  FIELD_KEY: setting(
    z.string().regex(/^[0-9a-fA-F]{64}$/, 'is 64 hexadecimal digits: openssl rand -hex 32'),
    undefined,
    'key that identity card and telephone numbers are sealed with, the same for all gateways; unset: `DATA_DIR/field.key`, made at the first start',
  ),
  RETENTION_YEARS: setting(
    z.coerce.number().int().min(1).max(200),
    30,
    'years after the last visit for which images are kept before they can be rejected as expired (国卫医发〔2013〕31号: inpatients 30, outpatients 15)',
  ),
  REJECTED_DAYS: setting(
    z.coerce.number().int().min(1).max(36_500),
    90,
    'days for which rejected images can be restored before anybody may ask for their purge',
  ),
  QUIET_SECONDS: setting(seconds, 60, 'seconds without a new image until a study counts as complete, where the AE names none'),
  CENTRE_NAME: setting(z.string().min(1), '县域医共体远程影像诊断中心', 'title at the head of reports'),
  PUBLIC_URL: setting(
    z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
    undefined,
    'where browsers find the archive, such as https://pacs.example.cn: printed in the QR codes of reports; unset: the first address of this machine',
  ),
  CRITICAL_WEBHOOK_URL: setting(
    z.url({ protocol: /^https?$/ }),
    undefined,
    'address that critical values are told to outside the portal (an SMS gateway, a robot of 企业微信), by signed POST; unset: nowhere',
  ),
  CRITICAL_WEBHOOK_SECRET: setting(
    z.string().min(16),
    undefined,
    'key of the HMAC-SHA-256 that signs them (`Webhook-Signature`), 16 characters or more',
  ),
  CRITICAL_WEBHOOK_FORMAT: setting(z.enum(['json', 'wecom']), 'json', 'wecom: a text message as a robot of 企业微信 takes it'),
  CRITICAL_WEBHOOK_DETAIL: setting(
    z.enum(['site', 'finding', 'patient']),
    'site',
    'what they say: the site alone; the finding too; name and number of the patient as well',
  ),
  FONT_FALLBACK: setting(z.string(), undefined, 'a font file for characters that Noto Sans SC lacks, in printed reports'),
  LOG_LEVEL: setting(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info', 'what is logged; never patient data'),
} as const

type Settings = typeof settings
type Value<S extends Setting> = S['preset'] extends undefined ? z.output<S['schema']> | undefined : z.output<S['schema']>
export type Config = { readonly [Name in keyof Settings]: Value<Settings[Name]> }

/** The program cannot start as it was told to; the sentence says what to change. */
export class ConfigurationRefused extends ArchiveError {}

/** Values that may hold a password: never repeated. */
const secret: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'S3_ACCESS_KEY',
  'S3_SECRET_KEY',
  'FIELD_KEY',
  'CRITICAL_WEBHOOK_URL',
  'CRITICAL_WEBHOOK_SECRET',
])

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])
export const isLoopback = (host: string): boolean => loopback.has(host)

export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const values: Record<string, unknown> = {}
  for (const [name, { schema, preset }] of Object.entries(settings)) {
    const given = environment[name]
    const input = given === undefined || given === '' ? preset : given
    if (input === undefined) continue
    const parsed = schema.safeParse(input)
    if (!parsed.success)
      throw new ConfigurationRefused(`${name}=${secret.has(name) ? '…' : given} is not usable: ${parsed.error.issues[0]?.message}`)
    values[name] = parsed.data
  }
  const config = values as unknown as Config
  if (config.AUTH === 'off' && !(isLoopback(config.HTTP_HOST) && isLoopback(config.DICOM_HOST))) {
    throw new ConfigurationRefused('AUTH=off is allowed only when HTTP_HOST and DICOM_HOST are loopback addresses')
  }
  if (config.S3_ENDPOINT !== undefined && (config.S3_ACCESS_KEY === undefined || config.S3_SECRET_KEY === undefined)) {
    throw new ConfigurationRefused('S3_ENDPOINT is set: S3_ACCESS_KEY and S3_SECRET_KEY are needed too')
  }
  if (config.CRITICAL_WEBHOOK_URL !== undefined && config.CRITICAL_WEBHOOK_SECRET === undefined) {
    throw new ConfigurationRefused('CRITICAL_WEBHOOK_URL is set: CRITICAL_WEBHOOK_SECRET is needed too')
  }
  const { DICOM_PLAIN, DICOM_TLS_PORT, DICOM_TLS_CERT, DICOM_TLS_KEY, DICOM_TLS_CA, DICOM_TLS_CLIENTS } = config
  if ((DICOM_TLS_CERT === undefined) !== (DICOM_TLS_KEY === undefined)) {
    throw new ConfigurationRefused('DICOM_TLS_CERT and DICOM_TLS_KEY belong together: both are needed')
  }
  if (DICOM_TLS_PORT !== undefined && DICOM_TLS_CERT === undefined) {
    throw new ConfigurationRefused('DICOM_TLS_PORT is set: DICOM_TLS_CERT and DICOM_TLS_KEY are needed too')
  }
  if (DICOM_TLS_PORT !== undefined && DICOM_TLS_CLIENTS === 'certificate' && DICOM_TLS_CA === undefined) {
    throw new ConfigurationRefused('DICOM_TLS_CLIENTS=certificate: DICOM_TLS_CA is needed to know whom to believe')
  }
  if (DICOM_PLAIN === 'off' && DICOM_TLS_PORT === undefined) {
    throw new ConfigurationRefused('DICOM_PLAIN=off: DICOM_TLS_PORT is needed, or nobody can send')
  }
  if (config.DEMO === 'on' && !(isLoopback(config.HTTP_HOST) && isLoopback(config.DICOM_HOST))) {
    throw new ConfigurationRefused('DEMO=on makes accounts with published passwords: allowed only on loopback addresses')
  }
  return { ...config, DATA_DIR: resolve(config.DATA_DIR) }
}

/** The settings as rows of a Markdown table, for the README. */
export function settingsTable(): string {
  const rows = Object.entries(settings).map(
    ([name, { preset, meaning }]) =>
      `| \`${name}\` | ${preset === undefined ? 'unset' : preset === '' ? 'empty' : `\`${preset}\``} | ${meaning} |`,
  )
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n')
}
