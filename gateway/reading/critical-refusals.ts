/** What each refusal of a critical value, and of opening records outside one's care, is in HTTP, and the sentence for people. */

import type { CriticalRefusal } from '../../archive/reading/critical/machine.ts'
import type { GlassRefusal } from '../../archive/reading/ward/break-glass.ts'

export const criticalRefusals: Readonly<
  Record<CriticalRefusal | GlassRefusal, { readonly http: number; readonly zh: string; readonly en: string }>
> = {
  'critical-already': {
    http: 409,
    zh: '该检查的这一危急值已上报，正在处理',
    en: 'This critical value of this study was raised already and is under way',
  },
  'critical-state': {
    http: 409,
    zh: '该危急值已有人处理，请查看最新状态',
    en: 'Somebody has dealt with this critical value meanwhile; look at how it stands',
  },
  'critical-own': { http: 409, zh: '上报人不能自己接收，请由临床医师接收', en: 'Who raised it cannot acknowledge it' },
  'critical-name': { http: 422, zh: '请填写姓名', en: 'A name is needed' },
  'critical-read-back': { http: 422, zh: '请复述危急值内容', en: 'Please repeat what you were told' },
  'critical-other-patient': {
    http: 422,
    zh: '复述中没有该患者的姓名或编号后四位，请核对患者后再复述',
    en: 'The repetition does not name this patient (name or last four characters of the number): check whom it is about',
  },
  'too-often': {
    http: 429,
    zh: '操作过于频繁，已暂停紧急调阅，请联系管理员',
    en: 'Too many records outside your care were asked for; ask your administrator',
  },
  'glass-reason': {
    http: 422,
    zh: '请写明紧急调阅的原因（至少 5 个字）',
    en: 'Say why these records are opened (five characters or more)',
  },
  'critical-text': { http: 422, zh: '请填写内容', en: 'Please say what' },
}
