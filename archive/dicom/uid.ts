/** Unique identifiers. PS3.5 §9 (syntax), §6.2 (padding), Annex B.2 (UUID-derived). */
import { randomUUID } from 'node:crypto'
import { trimPadding } from './padding.ts'

const components = /^[0-9]+(\.[0-9]+)*$/

/**
 * Whether the text can identify something: at most 64 characters, digits and single dots.
 * Leading zeros in a component (`1.2.840.0001`), which §9.1 forbids and which modalities write, are let pass: they name the instance without doubt.
 */
export function isUID(text: string): boolean {
  return text.length > 0 && text.length <= 64 && components.test(text)
}

/** The UID without its padding: trailing NUL (§6.2), and the spaces that some writers use instead. */
export function trimUID(text: string): string {
  return trimPadding(text)
}

/** A fresh UID, `2.25.` and a UUID as a decimal number (Annex B.2). */
export function newUID(uuid: string = randomUUID()): string {
  return `2.25.${BigInt(`0x${uuid.replaceAll('-', '')}`)}`
}
