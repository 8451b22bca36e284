declare module 'dicom-character-set' {
  /** Decodes a text value by ISO 2022 code extensions. Throws on an unknown label or escape sequence. */
  export function convertBytes(specificCharacterSet: string | undefined, bytes: Uint8Array, options?: { vr?: string }): string
}
