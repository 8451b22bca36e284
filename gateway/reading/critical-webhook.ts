/**
 * The outward channel of critical values: what reaches people who are not signed in (reading.md §10). Each notice is one POST to an address of the county's
 * own (an SMS gateway, a robot of 企业微信), signed, tried until it is taken; what it says of the patient is a setting.
 *
 * `Webhook-Id` names the notice and is the same when it comes again; `Webhook-Signature` is `v1,` and the base64 of HMAC-SHA-256 over
 * `<Webhook-Id>.<Webhook-Timestamp>.<body>` under CRITICAL_WEBHOOK_SECRET (the convention of standardwebhooks.com).
 */
import { createHmac } from 'node:crypto'
import { bedText, wardText } from '../../archive/orders/bed.ts'
import { nameOf } from '../../archive/reading/critical/read-back.ts'
import { modalityOf } from '../../archive/reading/modality.ts'
import type { Index } from '../../storage/index/postgres.ts'
import { type DueNotice, markDelivered, markUndelivered, takeDueNotice } from '../../storage/index/reading/critical-notices.ts'

export interface WebhookSettings {
  readonly url: string
  readonly secret: string
  /** `json`: everything by name · `wecom`: a text message as a robot of 企业微信 takes it. */
  readonly format: 'json' | 'wecom'
  /** What leaves the house: nothing but the site · the finding too · the patient's name and number as well. */
  readonly detail: 'site' | 'finding' | 'patient'
}

interface Tools {
  readonly index: Index
  readonly log: { warn(about: object, message: string): void }
}

const timeoutMs = 10_000
/** More is not sent in one turn; the rest comes a second later. */
const batch = 50

const sentences: Readonly<Record<string, string>> = {
  raised: '新危急值，请立即登录系统接收',
  escalated: '危急值无人接收，请立即处理',
  reminded: '危急值仍无人接收，请立即处理',
  repeated: '危急值复述有误，请重新接收',
  verified: '疑似危急值已由诊断医师确认',
  withdrawn: '危急值已撤销',
}

/** What a notice says. The patient and the finding are there only as far as the setting lets them out. */
export function messageOf(notice: DueNotice, detail: WebhookSettings['detail']) {
  const { id, critical, level, about, at, institution, recipients, finding, text, suspected, raisedAt } = notice
  return {
    notice: String(id),
    critical: String(critical),
    event: about,
    level,
    at: at.toISOString(),
    raisedAt: raisedAt.toISOString(),
    suspected,
    institution,
    recipients: recipients.map(({ name, duty, phone, address }) => ({ name, duty, phone, address })),
    sentence: sentences[about] ?? about,
    ...(detail === 'site'
      ? {}
      : {
          exam: { modality: modalityOf(notice.modalities), StudyDescription: notice.StudyDescription ?? '' },
          finding: finding === null ? null : { code: finding.code, zh: finding.zh, en: finding.en },
          // Free text may name anybody: it goes with the patient or not at all.
          ...(detail === 'patient'
            ? { text, patient: { name: nameOf(notice.patient), PatientID: notice.patient.PatientID ?? '', ...notice.place } }
            : {}),
        }),
  }
}

type Message = ReturnType<typeof messageOf>

function wecomOf(message: Message) {
  const told = 'patient' in message ? message.patient : undefined
  const place = told === undefined ? '' : `${wardText(told)} ${bedText(told.bed)}`.trim()
  const patient = told === undefined ? '' : `患者：${told.name}（${told.PatientID}）\n${place === '' ? '' : `位置：${place}\n`}`
  const finding = 'finding' in message && message.finding ? `内容：${message.suspected ? '疑似 ' : ''}${message.finding.zh}\n` : ''
  const mobiles = message.recipients.map(({ address, phone }) => address || phone).filter((number) => /^1\d{10}$/.test(number))
  return {
    msgtype: 'text',
    text: {
      content: `【危急值】${message.sentence}\n单位：${message.institution.name}\n${patient}${finding}编号：${message.critical}`,
      ...(mobiles.length === 0 ? {} : { mentioned_mobile_list: mobiles }),
    },
  }
}

export const signatureOf = (secret: string, id: string, timestamp: string, body: string): string =>
  `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`

/** One turn: what is due is sent, by whichever gateway takes it first. Answers how many were taken by the other side. */
export async function sendNotices({ index, log }: Tools, settings: WebhookSettings): Promise<number> {
  let sent = 0
  for (let turn = 0; turn < batch; turn += 1) {
    const notice = await takeDueNotice(index.pool)
    if (notice === undefined) return sent
    try {
      await markDelivered(index.pool, notice.id, await post(settings, notice))
      sent += 1
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      log.warn(
        { notice: notice.id, attempts: notice.attempts, failure },
        'a critical value was not taken by the outward channel; it is tried again',
      )
      await markUndelivered(index.pool, notice.id, failure)
    }
  }
  return sent
}

async function post({ url, secret, format, detail }: WebhookSettings, notice: DueNotice): Promise<string> {
  const message = messageOf(notice, detail)
  const body = JSON.stringify(format === 'wecom' ? wecomOf(message) : message)
  const id = `critical-notice-${notice.id}`
  const timestamp = String(Math.floor(Date.now() / 1000))
  const response = await fetch(url, {
    method: 'POST',
    // A redirect would carry the body to an address that nobody has set.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatureOf(secret, id, timestamp, body),
    },
    body,
  })
  const text = await beginningOf(response)
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  // 企业微信 refuses with 200 and an `errcode`.
  if (format === 'wecom' && !/"errcode"\s*:\s*0\b/.test(text)) throw new Error('the robot of 企业微信 did not take it')
  return `HTTP ${response.status}`
}

/** No answer is worth more than this. */
const answerBytes = 4_096

async function beginningOf(response: Response): Promise<string> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    chunks.push(chunk)
    size += chunk.length
    // Leaving the loop cancels the rest.
    if (size >= answerBytes) break
  }
  return Buffer.concat(chunks).subarray(0, answerBytes).toString('utf8')
}
