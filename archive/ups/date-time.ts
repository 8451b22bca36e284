/** DT (PS3.5 §6.2): a moment to some precision, perhaps with its offset from UTC. Without an offset it is taken as UTC, as everything here is told. */

/** The first moment that the text covers and the first after it; undefined where it is no DT. */
export function spanOf(text: string): { readonly from: Date; readonly to: Date } | undefined {
  const match = /^(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.(\d{1,6}))?([+-]\d{4})?$/.exec(text.trim())
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction, offset] = match
  if (fraction !== undefined && second === undefined) return undefined
  const parts = [month, day, hour, minute, second].map((part) => (part === undefined ? undefined : Number(part)))
  const [mo = 1, d = 1, h = 0, mi = 0, s = 0] = parts
  if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60) return undefined
  const minutesEast = offset === undefined ? 0 : Number(`${offset[0]}1`) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3)))
  const at = (y: number, month: number, day: number, hour: number, minute: number, second: number, ms: number) => {
    const date = new Date(0)
    // Years below 100 are years, not those of the last century.
    date.setUTCFullYear(y, month - 1, day)
    date.setUTCHours(hour, minute - minutesEast, second, ms)
    return date
  }
  const y = Number(year)
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000)
  const from = at(y, mo, d, h, mi, s, ms)
  const to =
    fraction !== undefined
      ? new Date(from.getTime() + 1)
      : second !== undefined
        ? at(y, mo, d, h, mi, s + 1, 0)
        : minute !== undefined
          ? at(y, mo, d, h, mi + 1, 0, 0)
          : hour !== undefined
            ? at(y, mo, d, h + 1, 0, 0, 0)
            : day !== undefined
              ? at(y, mo, d + 1, 0, 0, 0, 0)
              : month !== undefined
                ? at(y, mo + 1, 1, 0, 0, 0, 0)
                : at(y + 1, 1, 1, 0, 0, 0, 0)
  return { from, to }
}

/** `20261122183000+0000` */
export const dateTimeOf = (at: Date): string => `${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}+0000`
