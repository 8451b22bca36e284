/** PatientAge (0010,1010) from two dates `YYYYMMDD`. PS3.5 §6.2, AS: `047Y`, and months, weeks or days where years say too little. */
export function ageStringOf(PatientBirthDate: string, StudyDate: string): string {
  const [born, then] = [PatientBirthDate, StudyDate].map(dayOf)
  if (born === undefined || then === undefined || then.getTime() < born.getTime()) return ''
  const months =
    (then.getUTCFullYear() - born.getUTCFullYear()) * 12 +
    (then.getUTCMonth() - born.getUTCMonth()) -
    (then.getUTCDate() < born.getUTCDate() ? 1 : 0)
  const [number, unit] =
    months >= 24
      ? [Math.floor(months / 12), 'Y']
      : months >= 2
        ? [months, 'M']
        : [Math.round((then.getTime() - born.getTime()) / 86_400_000), 'D']
  return number > 999 ? '' : `${String(number).padStart(3, '0')}${unit}`
}

function dayOf(date: string): Date | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? []
  return year === undefined ? undefined : new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
}
