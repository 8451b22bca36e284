/**
 * A study held against an order: which of the patient's data agree, which contradict, and how likely the one is the other's. Two people are never taken
 * for one by silence: what contradicts is a person's to decide, with the reasons in front of them.
 */
import type { CandidateFacts, StudyFacts } from '../../storage/index/order-matching.ts'
import { parsePersonName } from '../dicom/person-name.ts'
import { readingsOf, simplify } from '../dicom/pinyin.ts'
import { modalityOf } from '../reading/modality.ts'

export interface Reason {
  readonly zh: string
  readonly en: string
}

export interface Comparison {
  /** 0 to 1. */
  readonly score: number
  readonly reasons: readonly Reason[]
  /** Of the patient's data: then nothing is matched by itself. */
  readonly contradictions: readonly Reason[]
}

/** `alike`: other characters, the same reading (张伟, 张玮). */
export type NameAgreement = 'same' | 'alike' | 'different' | 'unknown'

/** A name as it is compared with others: made once for each study and order. */
interface Forms {
  /** What it is found by, prefixes among them: what is not a key cannot be the whole. */
  readonly keys: ReadonlySet<string>
  /** The Chinese characters as one word, simplified; undefined where there are none. */
  readonly characters: string | undefined
  /** Each Latin group as one word, in either order of its words. */
  readonly latin: readonly string[]
  /** The pinyin of the characters in every reading; made when something is a key. */
  readonly sounds: () => readonly string[]
}

/** By the object that the name stands in: a tray of a hundred studies is held against a thousand orders. */
const forms = new WeakMap<object, Forms | null>()

interface Named {
  readonly nameKeys: readonly string[]
}

function formsOf(owner: Named, name: string | null): Forms | null {
  let known = forms.get(owner)
  if (known === undefined) {
    known = /\p{L}/u.test(name ?? '') ? readName(name!, owner.nameKeys) : null
    forms.set(owner, known)
  }
  return known
}

function readName(name: string, nameKeys: readonly string[]): Forms {
  const groups: readonly string[] = Object.values(parsePersonName(name))
  const found = groups.map((group) => group.normalize('NFKC').match(/\p{Script=Han}/gu)).find((characters) => characters !== null)
  const characters = found === undefined ? undefined : simplify(found.join(''))
  const latin = groups
    .filter((group) => !/\p{Script=Han}/u.test(group))
    .flatMap((group) => {
      const words =
        group
          .normalize('NFKD')
          .toLowerCase()
          .match(/[\p{L}\p{N}]+/gu) ?? []
      return [words.join(''), words.toReversed().join('')]
    })
  let sounds: readonly string[] | undefined
  return {
    keys: new Set(nameKeys),
    characters,
    latin,
    sounds: () => {
      sounds ??= characters === undefined ? [] : readingsOf([...characters]).map((reading) => reading.join(''))
      return sounds
    },
  }
}

/** Two names agree when their characters do, or where one has none, when it is the other's pinyin in any reading, or its Latin words in either order. */
export function compareNames(
  { nameKeys, name }: Named & { readonly name: string | null },
  other: Named & { readonly name: string | null },
): NameAgreement {
  return agreementOf(formsOf({ nameKeys }, name), formsOf({ nameKeys: other.nameKeys }, other.name))
}

function agreementOf(a: Forms | null, b: Forms | null): NameAgreement {
  if (a === null || b === null) return 'unknown'
  if (a.characters !== undefined && b.characters !== undefined) {
    if (a.characters === b.characters) return 'same'
    return a.sounds().some((sound) => isSoundOf(b, sound)) ? 'alike' : 'different'
  }
  const isOf = (one: Forms, other: Forms) => one.latin.some((word) => word !== '' && (other.latin.includes(word) || isSoundOf(other, word)))
  return isOf(a, b) || isOf(b, a) ? 'same' : 'different'
}

const isSoundOf = ({ keys, sounds }: Forms, word: string): boolean => keys.has(word) && sounds().includes(word)

interface Finding extends Reason {
  /** Added to the score, of `outOf` that it could have added. */
  readonly points: number
  readonly contradiction?: true
}

const finding = (points: number, zh: string, en: string): Finding => ({ points, zh, en })
const contradiction = (points: number, zh: string, en: string): Finding => ({ points, zh, en, contradiction: true })

/** What would be the whole score: name, birth date, number, accession number, sex, modality, time. */
const everything = 100

export function compare(study: StudyFacts, order: CandidateFacts): Comparison {
  const name = agreementOf(formsOf(study, study.PatientName), formsOf(order, order.PatientName))
  const findings = [
    ofAccession(study, order),
    ofBirthDate(study, order),
    ofName(name, study, order),
    ofNumber(name, study, order),
    ofSex(study, order),
    ofModality(study, order),
    ofTime(study, order),
    ...(order.state === 'completed' ? [finding(-5, '申请单已完成', 'The order is completed')] : []),
    ...(order.state === 'cancelled' ? [contradiction(-40, '申请单已取消', 'The order was withdrawn')] : []),
  ].filter((one) => one !== undefined)
  const points = findings.reduce((sum, one) => sum + one.points, 0)
  const reasonOf = ({ zh, en }: Finding): Reason => ({ zh, en })
  return {
    score: Math.round(Math.max(0, Math.min(1, points / everything)) * 100) / 100,
    reasons: findings.map(reasonOf),
    contradictions: findings.filter((one) => one.contradiction).map(reasonOf),
  }
}

function ofAccession({ AccessionNumber }: StudyFacts, order: CandidateFacts): Finding | undefined {
  return AccessionNumber === order.AccessionNumber ? finding(40, '检查号一致', 'Same accession number') : undefined
}

function ofName(agreement: NameAgreement, study: StudyFacts, order: CandidateFacts): Finding | undefined {
  switch (agreement) {
    case 'same':
      return finding(35, '姓名一致（含拼音）', 'Same name (pinyin counts)')
    case 'alike':
      // Only the whole date of birth makes a homophone the same person.
      return isDate(study.PatientBirthDate) && study.PatientBirthDate === order.birthDate
        ? finding(20, '姓名同音', 'The names sound the same')
        : contradiction(15, '姓名同音，用字不同', 'The names sound the same and are written differently')
    case 'different':
      return contradiction(-35, '姓名不一致', 'Different names')
    case 'unknown':
      return undefined
  }
}

function ofBirthDate({ PatientBirthDate: said }: StudyFacts, { birthDate }: CandidateFacts): Finding | undefined {
  if (!isDate(said) || birthDate === null) return undefined
  if (said === birthDate) return finding(25, '出生日期一致', 'Same date of birth')
  // Machines without a birth date enter an age: the first of January of a year.
  if (said.endsWith('0101') && Math.abs(Number(said.slice(0, 4)) - Number(birthDate.slice(0, 4))) <= 1) {
    return finding(10, '出生年份相符（影像仅按年龄登记）', 'The year of birth fits (only an age was entered)')
  }
  return contradiction(-25, '出生日期不一致', 'Different dates of birth')
}

function ofSex({ PatientSex }: StudyFacts, { sex }: CandidateFacts): Finding | undefined {
  if (!isKnownSex(PatientSex) || !isKnownSex(sex)) return undefined
  return PatientSex === sex ? finding(8, '性别一致', 'Same sex') : contradiction(-30, '性别不一致', 'Different sex')
}

/** A number of its own that the machine made up contradicts nothing where the name agrees. */
function ofNumber(name: NameAgreement, { PatientID }: StudyFacts, order: CandidateFacts): Finding | undefined {
  if (PatientID === null || PatientID === '') return undefined
  if (PatientID === order.PatientID) return finding(20, '患者编号一致', 'Same PatientID')
  return name === 'unknown' ? contradiction(-20, '患者编号不一致', 'Different PatientIDs, and no name to compare') : undefined
}

/** Radiographs are CR, DX or DR, whatever the machine calls them. */
const alikeModalities: ReadonlySet<string> = new Set(['CR', 'DX', 'DR'])

function ofModality({ modalities }: StudyFacts, { modality }: CandidateFacts): Finding | undefined {
  const taken = modalityOf(modalities)
  if (taken === '') return undefined
  const fits = taken === modality || (alikeModalities.has(taken) && alikeModalities.has(modality))
  return fits ? finding(7, '检查类型一致', 'Same modality') : finding(-20, `检查类型不同（${taken}）`, `Another modality (${taken})`)
}

const hour = 3_600_000

function ofTime(study: StudyFacts, order: CandidateFacts): Finding | undefined {
  const hours = Math.abs(takenAt(study).getTime() - (order.startedAt ?? order.scheduledAt).getTime()) / hour
  if (hours <= 2) return finding(10, '检查时间与预约相差不到 2 小时', 'Within two hours of the time planned')
  if (hours <= 24) return finding(6, '检查时间与预约相差不到 1 天', 'Within a day of the time planned')
  if (hours <= 24 * 7) return undefined
  const days = Math.round(hours / 24)
  return finding(-10, `检查时间与预约相差 ${days} 天`, `${days} days from the time planned`)
}

/** By the clock on the machine's wall; when it arrived, where the machine does not say. */
function takenAt({ StudyDate, StudyTime, receivedAt }: StudyFacts): Date {
  if (!isDate(StudyDate)) return receivedAt
  const [, h = '12', m = '00', s = '00'] = /^(\d{2})(\d{2})?(\d{2})?/.exec(StudyTime ?? '') ?? []
  return new Date(
    Number(StudyDate.slice(0, 4)),
    Number(StudyDate.slice(4, 6)) - 1,
    Number(StudyDate.slice(6, 8)),
    Number(h),
    Number(m),
    Number(s),
  )
}

const isDate = (text: string | null): text is string => /^\d{8}$/.test(text ?? '')
const isKnownSex = (sex: string | null): boolean => sex === 'M' || sex === 'F'
