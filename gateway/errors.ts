/**
 * What went wrong in the archive, told to each kind of peer: HTTP status, DICOM FailureReason (PS3.18 §10.5.3, Table 10.5.3-3),
 * DIMSE status (PS3.4 Table B.2-1), and a sentence for people in Chinese and English.
 */
import {
  ArchiveError,
  BadRequest,
  Conflict,
  Forbidden,
  IdentityMissing,
  IndexUnavailable,
  LimitExceeded,
  NotAcceptable,
  NotFound,
  NotTranscodable,
  NotUnderstood,
  ObjectStoreFull,
  ObjectStoreUnavailable,
  ReportStands,
  RetentionRuns,
  SearchTooBroad,
  SecondPersonNeeded,
  SOPClassNotSupported,
  TransferSyntaxNotSupported,
  ValueNotStorable,
} from '../archive/errors.ts'
import { PixelsNotDecoded, RendererBusy } from '../archive/rendered/errors.ts'

export interface Failure {
  /** HTTP status of a request that fails for this reason. */
  readonly http: number
  /** Status of a DIMSE response. */
  readonly dimse: number
  /** FailureReason (0008,1197) of one instance in a store response. */
  readonly FailureReason: number
  /** Short machine word in the portal's JSON. */
  readonly code: string
  readonly zh: string
  readonly en: string
  /** Whether the error's own message may be told to the peer; unknown errors are logged whole and told to nobody. */
  readonly tell: boolean
}

type ErrorClass = abstract new (...args: never[]) => Error

/** From the special to the general: the first class that fits decides. */
const failures: readonly (readonly [ErrorClass, Failure])[] = [
  [
    IdentityMissing,
    {
      http: 400,
      dimse: 0xa900,
      FailureReason: 0xa900,
      code: 'identity-missing',
      zh: '影像缺少必需的标识或标识无效,未保存',
      en: 'An identifier is missing or not valid; nothing was kept',
      tell: true,
    },
  ],
  [
    LimitExceeded,
    {
      http: 413,
      dimse: 0xc000,
      FailureReason: 0xc000,
      code: 'limit-exceeded',
      zh: '数据超出允许的上限,未保存',
      en: 'A limit was exceeded; nothing was kept',
      tell: true,
    },
  ],
  [
    NotUnderstood,
    {
      http: 400,
      dimse: 0xc000,
      FailureReason: 0xc000,
      code: 'not-understood',
      zh: '数据不是完整有效的 DICOM 影像,未保存',
      en: 'This is not a complete, valid DICOM instance; nothing was kept',
      tell: true,
    },
  ],
  [
    TransferSyntaxNotSupported,
    {
      http: 415,
      dimse: 0xc122,
      FailureReason: 0xc122,
      code: 'transfer-syntax',
      zh: '不支持的传输语法',
      en: 'The transfer syntax is not supported',
      tell: true,
    },
  ],
  [
    SOPClassNotSupported,
    {
      http: 415,
      dimse: 0x0122,
      FailureReason: 0x0122,
      code: 'sop-class',
      zh: '不支持的 SOP 类',
      en: 'The SOP class is not supported',
      tell: true,
    },
  ],
  [
    ObjectStoreFull,
    {
      http: 503,
      dimse: 0xa700,
      FailureReason: 0xa700,
      code: 'store-full',
      zh: '存储空间已满,影像未保存,请联系信息科后重发',
      en: 'The object store is full; nothing was kept, send again later',
      tell: false,
    },
  ],
  [
    ObjectStoreUnavailable,
    {
      http: 503,
      dimse: 0xa700,
      FailureReason: 0xa700,
      code: 'store-unavailable',
      zh: '影像存储暂时不可用,未保存,请稍后重发',
      en: 'The object store is not available; nothing was kept, send again later',
      tell: false,
    },
  ],
  [
    IndexUnavailable,
    {
      http: 503,
      dimse: 0xa700,
      FailureReason: 0xa700,
      code: 'index-unavailable',
      zh: '数据库暂时不可用,请稍后重试',
      en: 'The database is not available; try again later',
      tell: false,
    },
  ],
  [NotFound, { http: 404, dimse: 0xc000, FailureReason: 0x0112, code: 'not-found', zh: '没有找到', en: 'Not found', tell: true }],
  [
    SearchTooBroad,
    {
      http: 413,
      dimse: 0xa700,
      FailureReason: 0x0110,
      code: 'search-too-broad',
      zh: '检索范围太大,请增加条件',
      en: 'The search is too broad; add a key',
      tell: true,
    },
  ],
  [
    NotTranscodable,
    {
      http: 406,
      dimse: 0xc122,
      FailureReason: 0xc122,
      code: 'not-transcodable',
      zh: '不能无损转换为所要求的传输语法',
      en: 'This cannot be had in the transfer syntax asked for without loss',
      tell: true,
    },
  ],
  [
    NotAcceptable,
    {
      http: 406,
      dimse: 0xa900,
      FailureReason: 0x0110,
      code: 'not-acceptable',
      zh: '不能以所要求的格式提供',
      en: 'None of the formats asked for can be given',
      tell: true,
    },
  ],
  [Forbidden, { http: 403, dimse: 0x0124, FailureReason: 0x0124, code: 'forbidden', zh: '没有权限', en: 'Not authorised', tell: true }],
  [
    ReportStands,
    {
      http: 409,
      dimse: 0x0110,
      FailureReason: 0x0110,
      code: 'report-stands',
      zh: '该检查已有签发的报告,不能执行此操作',
      en: 'A signed report stands on this study',
      tell: true,
    },
  ],
  [
    RetentionRuns,
    {
      http: 409,
      dimse: 0x0110,
      FailureReason: 0x0110,
      code: 'retention-runs',
      zh: '保存期限未满,不能执行此操作',
      en: 'The retention period has not run out',
      tell: true,
    },
  ],
  [
    SecondPersonNeeded,
    {
      http: 409,
      dimse: 0x0110,
      FailureReason: 0x0110,
      code: 'second-person-needed',
      zh: '申请人不能自己确认,须由另一人确认',
      en: 'Whoever asked for it cannot confirm it',
      tell: true,
    },
  ],
  [
    Conflict,
    {
      http: 409,
      dimse: 0x0110,
      FailureReason: 0x0110,
      code: 'conflict',
      zh: '状态已经改变,请查看后再操作',
      en: 'The state has changed; look again before acting',
      tell: true,
    },
  ],
  [
    BadRequest,
    { http: 400, dimse: 0xc000, FailureReason: 0xc000, code: 'bad-request', zh: '请求有误', en: 'The request is not valid', tell: true },
  ],
  [
    ValueNotStorable,
    {
      http: 400,
      dimse: 0xc000,
      FailureReason: 0xc000,
      code: 'not-storable',
      zh: '有不能保存的内容',
      en: 'A value cannot be stored',
      tell: true,
    },
  ],
  [
    RendererBusy,
    {
      http: 503,
      dimse: 0xa700,
      FailureReason: 0xa700,
      code: 'renderer-busy',
      zh: '图像处理繁忙,请稍后重试',
      en: 'Too many pictures are being made; try again later',
      tell: false,
    },
  ],
  [
    PixelsNotDecoded,
    {
      http: 422,
      dimse: 0xc000,
      FailureReason: 0x0110,
      code: 'pixels-not-decoded',
      zh: '像素数据已损坏,无法显示',
      en: 'The pixel data is damaged and is not shown',
      tell: true,
    },
  ],
  [
    ArchiveError,
    { http: 500, dimse: 0x0110, FailureReason: 0x0110, code: 'not-done', zh: '操作没有完成', en: 'This could not be done', tell: true },
  ],
]

const unknownFailure: Failure = {
  http: 500,
  dimse: 0x0110,
  FailureReason: 0x0110,
  code: 'internal',
  zh: '系统内部错误,操作没有完成',
  en: 'Internal error; this was not done',
  tell: false,
}

export function failureOf(error: unknown): Failure {
  for (const [errorClass, failure] of failures) if (error instanceof errorClass) return failure
  return unknownFailure
}

/** What the answer to a request says that was refused with a status of its own: by a parser (bad JSON, a body too large) or for its media type. */
export function refusalOf(status: number): Pick<Failure, 'code' | 'zh' | 'en'> {
  if (status === 415) return { code: 'media-type', zh: '不支持的内容类型', en: 'The media type of the body is not supported' }
  if (status === 413) return { code: 'limit-exceeded', zh: '数据超出允许的上限,未保存', en: 'A limit was exceeded; nothing was kept' }
  return { code: 'bad-request', zh: '请求有误', en: 'The request is not valid' }
}

/** The sentence that a peer may read: the error's own where it names the cause, else the table's. */
export function sentenceOf(error: unknown): string {
  const failure = failureOf(error)
  return failure.tell && error instanceof Error ? error.message : failure.en
}
