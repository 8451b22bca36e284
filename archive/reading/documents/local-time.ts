/** DICOM dates and times of an instant, in the time zone that the documents state (0008,0201). */

/** China has one time zone and no summer time. Documents say so, so that no reader has to guess. */
export const TimezoneOffsetFromUTC = '+0800'
const offsetMs = 8 * 3_600_000

/** `DA` and `TM`, to the second. */
export function dicomDateTime(iso: string): { readonly date: string; readonly time: string } {
  const local = new Date(Date.parse(iso) + offsetMs).toISOString()
  return { date: local.slice(0, 10).replaceAll('-', ''), time: local.slice(11, 19).replaceAll(':', '') }
}

/** `2026-11-22 16:05` for people; a report is dated to the minute (reading.md §4). */
export const readableDateTime = (iso: string): string => new Date(Date.parse(iso) + offsetMs).toISOString().slice(0, 16).replace('T', ' ')

/** `2026-11-22` from `20261122`; anything else as it came. */
export const readableDate = (date: string): string => date.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
