/** C-ECHO as SCU, for the administrator's button: whether a peer answers, how fast, and if not why, in words. PS3.4 Annex A. */

import { type Asker, demand } from '../../archive/access.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { NotFound } from '../../archive/errors.ts'
import { findAE } from '../../storage/index/ae.ts'
import type { Index } from '../../storage/index/postgres.ts'
import { AssociationLost, AssociationRefused, NoPresentationContext } from './errors.ts'
import { describeRefusal, type Refusal, refusals } from './pdu.ts'
import type { OpenDestination } from './sender.ts'
import { hexStatus, status } from './status.ts'
import { VERIFICATION } from './verification.ts'

export interface EchoAnswer {
  readonly ok: boolean
  readonly milliseconds: number
  readonly zh: string
  readonly en: string
}

export interface EchoTools {
  readonly index: Index
  readonly openDestination: OpenDestination
}

/** Nobody waits longer for a button. */
const patienceMs = 10_000

/** @throws Forbidden; NotFound: no such AE that the asker administers */
export async function echoAE({ index, openDestination }: EchoTools, asker: Asker, title: string): Promise<EchoAnswer> {
  demand(asker, 'administer')
  const ae = title.includes('\0') ? undefined : await findAE(index.pool, title)
  const covers = ae !== undefined && (asker.institution.readingCentre || asker.institution.id === ae.institution)
  if (!covers) throw new NotFound(`There is no AE ${title}`)
  const begun = performance.now()
  const answer = (ok: boolean, zh: string, en: string): EchoAnswer => ({ ok, milliseconds: Math.round(performance.now() - begun), zh, en })
  const { host, port, tls, maxAssociations } = ae
  if (host === null || port === null)
    return answer(false, '没有登记该设备的地址和端口，无法呼叫', 'It has no address and port on record, so it cannot be called')
  const signal = AbortSignal.timeout(patienceMs)
  try {
    const contexts = [{ abstractSyntax: VERIFICATION, transferSyntaxes: [ImplicitVRLittleEndian, ExplicitVRLittleEndian] }]
    const association = await patiently(openDestination({ AETitle: ae.title, host, port, tls, maxAssociations }, contexts, signal), signal)
    try {
      const Status = await patiently(association.echo(), signal)
      if (Status === status.success) return answer(true, '连接正常，设备已应答', 'It answers')
      return answer(false, `设备应答了失败状态 0x${hexStatus(Status)}`, `It answered with status 0x${hexStatus(Status)}`)
    } finally {
      await patiently(association.release(), signal).catch(() => association.abort())
    }
  } catch (error) {
    const [zh, en] = reasonOf(error, { tls, timedOut: signal.aborted })
    return answer(false, zh, en)
  }
}

/** What does not end with the signal by itself is not waited for. */
async function patiently<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let giveUp: () => void = () => undefined
  const timeUp = new Promise<never>((_, reject) => {
    giveUp = () => reject(new AssociationLost('no answer in time'))
    signal.addEventListener('abort', giveUp, { once: true })
  })
  work.catch(() => undefined)
  return Promise.race([work, timeUp]).finally(() => signal.removeEventListener('abort', giveUp))
}

const refusalSentences: Readonly<Partial<Record<Refusal, string>>> = {
  'called-AE-title-not-recognized': '对方不认识被叫 AE 标题，请核对登记的 AE 标题',
  'calling-AE-title-not-recognized': '对方不接受本系统的 AE 标题，请在对方登记本系统',
  'application-context-name-not-supported': '对方不支持 DICOM 应用上下文',
  'protocol-version-not-supported': '对方不支持该协议版本',
  'temporary-congestion': '对方暂时繁忙，请稍后再试',
  'local-limit-exceeded': '对方连接数已满，请稍后再试',
}

/** `ECONNREFUSED` and its like, as people say it. */
const networkSentences: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  ECONNREFUSED: [
    '端口没有程序监听，请核对地址和端口，并确认设备已开机',
    'Nothing listens on that port: check address and port, and that it is switched on',
  ],
  ENOTFOUND: ['找不到该主机名', 'There is no host of that name'],
  EAI_AGAIN: ['暂时无法解析该主机名', 'The name of the host cannot be resolved now'],
  EHOSTUNREACH: ['网络不通，无法到达该地址', 'There is no way to that address'],
  ENETUNREACH: ['网络不通，无法到达该地址', 'There is no way to that address'],
  ECONNRESET: ['连接被对方断开', 'It closed the connection'],
  ETIMEDOUT: ['连接超时，请核对地址、端口和防火墙', 'It took too long: check address, port and firewall'],
}

function reasonOf(error: unknown, { tls, timedOut }: { tls: boolean; timedOut: boolean }): readonly [zh: string, en: string] {
  if (error instanceof AssociationRefused) {
    const { result, source, reason } = error.refusal
    const known = Object.entries(refusals).find(([, one]) => one.result === result && one.source === source && one.reason === reason)?.[0]
    const zh = known === undefined ? undefined : refusalSentences[known as Refusal]
    return [`拒绝连接：${zh ?? describeRefusal(error.refusal)}`, `It refused: ${describeRefusal(error.refusal)}`]
  }
  if (error instanceof NoPresentationContext) return ['对方不接受 C-ECHO（Verification）', 'It does not accept Verification']
  const code = codeOf(error)
  const network = code === undefined ? undefined : networkSentences[code]
  if (network !== undefined) return network
  if (timedOut) return networkSentences.ETIMEDOUT!
  const message = error instanceof Error ? error.message : String(error)
  if (tls) return [`TLS 连接没有建立：${message}`, `No association over TLS: ${message}`]
  if (error instanceof AssociationLost) return [`对方中断了连接：${message}`, message]
  throw error
}

/** Of the error itself or of what caused it; of a host with several addresses, of the first. */
function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at instanceof AggregateError ? at.errors[0] : at.cause) {
    if ('code' in at && typeof at.code === 'string' && at.code in networkSentences) return at.code
  }
  return undefined
}
