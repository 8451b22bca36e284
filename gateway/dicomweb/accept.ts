/**
 * Content negotiation: which of the representations that can be given does the asker want? PS3.18 §8.7.5, RFC 9110 §12.5.1.
 *
 * `?accept=` takes the place of the header (PS3.18 §8.3.3.1): a link in a page cannot set one.
 */
import type { Context } from 'koa'
import { NotAcceptable } from '../../archive/errors.ts'
import { type MediaType, parseMediaTypes } from './media-type.ts'

/** One representation that can be given. */
export interface Offer {
  /** `application/dicom`, `image/jpeg` …; of each part where `multipart`. */
  readonly mediaType: string
  /** As `multipart/related; type="…"`. */
  readonly multipart: boolean
  /** Present where the media type takes a transfer-syntax parameter. */
  readonly TransferSyntaxUID?: string
  /** Also given when the asker names no transfer syntax. Default: yes. */
  readonly unlessNamed?: boolean
}

export const accepted = (ctx: Context): MediaType[] => acceptOf(ctx.URL.searchParams.get('accept') ?? undefined, ctx.get('Accept'))

/** What the asker says: `?accept=` if present, else the Accept header; nothing or an empty one accepts everything. */
export function acceptOf(query: string | undefined, header: string | undefined): MediaType[] {
  const stated = query?.trim() || header?.trim()
  return stated ? parseMediaTypes(stated) : [{ name: '*/*', parameters: new Map() }]
}

/** @throws NotAcceptable with the offers by name. */
export function negotiate<T extends Offer>(accepted: readonly MediaType[], offers: readonly T[]): T {
  const best = bestOffer(accepted, offers)
  if (best !== undefined) return best
  throw new NotAcceptable(`None of the media types asked for can be given; to be had: ${offers.map(nameOf).join(', ')}`)
}

/** The best of the offers. */
export function bestOffer<T extends Offer>(accepted: readonly MediaType[], offers: readonly T[]): T | undefined {
  return rankedOffers(accepted, offers)[0]
}

/** Those of the offers that are accepted, the best first: by weight, then in the order in which the asker named them, then in the order of the offers. */
export function rankedOffers<T extends Offer>(accepted: readonly MediaType[], offers: readonly T[]): T[] {
  const matches = offers.flatMap((offer) => {
    const match = bestMatch(accepted, offer)
    return match === undefined || match.weight === 0 ? [] : [{ offer, ...match }]
  })
  return matches.sort((a, b) => b.weight - a.weight || a.position - b.position).map(({ offer }) => offer)
}

/** The offer as it stands in a Content-Type header, boundary aside. */
export function nameOf({ mediaType, multipart, TransferSyntaxUID }: Offer): string {
  const transferSyntax = TransferSyntaxUID === undefined ? '' : `; transfer-syntax=${TransferSyntaxUID}`
  return multipart ? `multipart/related; type="${mediaType}"${transferSyntax}` : `${mediaType}${transferSyntax}`
}

/** The most specific range that covers the offer decides its weight: `image/png;q=0, image/*` excludes PNG. */
function bestMatch(accepted: readonly MediaType[], offer: Offer): { weight: number; position: number } | undefined {
  let found: { weight: number; position: number; specificity: number } | undefined
  accepted.forEach((range, position) => {
    const specificity = specificityOf(range, offer)
    if (specificity === undefined || (found !== undefined && specificity <= found.specificity)) return
    found = { weight: weightOf(range), position, specificity }
  })
  return found
}

/** How closely a range names the offer; undefined: not at all. */
function specificityOf(range: MediaType, offer: Offer): number | undefined {
  if (range.name === '*/*') return 0
  const asked = offer.multipart ? range.parameters.get('type') : range.name
  if (offer.multipart && !covers(range.name, 'multipart/related')) return undefined
  // `multipart/related` alone leaves the kind of part to the server.
  const kind = asked === undefined ? 1 : specificityOfName(asked.toLowerCase(), offer.mediaType)
  if (kind === undefined) return undefined
  const transferSyntax = range.parameters.get('transfer-syntax')
  if (transferSyntax === undefined) return (offer.unlessNamed ?? true) ? kind : undefined
  if (transferSyntax === '*') return kind
  return transferSyntax === offer.TransferSyntaxUID ? kind + 1 : undefined
}

function specificityOfName(range: string, name: string): number | undefined {
  if (range === name) return 4
  if (range === '*/*') return 1
  return covers(range, name) ? 2 : undefined
}

function covers(range: string, name: string): boolean {
  return range === name || range === '*/*' || (range.endsWith('/*') && name.startsWith(range.slice(0, -1)))
}

function weightOf(range: MediaType): number {
  const weight = Number(range.parameters.get('q') ?? 1)
  return weight >= 0 && weight <= 1 ? weight : 1
}
