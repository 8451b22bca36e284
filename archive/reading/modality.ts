/** The modality that a study is known by, and the patient's age as it is said. */

/** Modalities of objects made about images, not by a machine: never what a study is. PS3.3 C.7.3.1.1.1. */
export const derivedModalities: readonly string[] = ['SR', 'DOC', 'PR', 'KO', 'SEG', 'REG', 'AU', 'PLAN', 'FID', 'RWV', 'OT']

export const modalityOf = (modalities: readonly string[]): string =>
  modalities.find((modality) => !derivedModalities.includes(modality)) ?? modalities[0] ?? ''

const units: Readonly<Record<string, string>> = { D: '天', W: '周', M: '月', Y: '岁' }

/** PatientAge (`047Y`) as people say it; computed from birth and study date where it is absent; empty when neither is known. */
export function ageOf(PatientAge: string | null, PatientBirthDate: string | null, StudyDate: string | null): string {
  const [, number, unit] = /^\s*(\d{1,3})([DWMY])\s*$/.exec(PatientAge ?? '') ?? []
  if (number !== undefined && unit !== undefined) return `${Number(number)}${units[unit]}`
  const born = dayOf(PatientBirthDate)
  const then = dayOf(StudyDate)
  if (born === undefined || then === undefined || then.getTime() < born.getTime()) return ''
  const months =
    (then.getUTCFullYear() - born.getUTCFullYear()) * 12 +
    (then.getUTCMonth() - born.getUTCMonth()) -
    (then.getUTCDate() < born.getUTCDate() ? 1 : 0)
  if (months >= 36) return `${Math.floor(months / 12)}岁`
  if (months >= 2) return `${months}月`
  return `${Math.round((then.getTime() - born.getTime()) / 86_400_000)}天`
}

function dayOf(date: string | null): Date | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date?.trim() ?? '') ?? []
  return year === undefined ? undefined : new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
}
