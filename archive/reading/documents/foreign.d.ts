/** What the documents use of two packages that come without types. */
declare module 'dcmjs' {
  type Elements = Record<string, unknown>
  const dcmjs: {
    log: { setLevel(level: 'silent'): void }
    data: {
      DicomDict: new (meta: Elements) => { dict: Elements; write(): ArrayBuffer }
      DicomMetaDictionary: {
        denaturalizeDataset(dataset: object): Elements
        naturalizeDataset(dict: Elements): Record<string, unknown>
      }
      DicomMessage: { readFile(bytes: ArrayBuffer): { meta: Elements; dict: Elements } }
    }
  }
  export default dcmjs
}

declare module 'fontkit' {
  export interface Font {
    hasGlyphForCodePoint(codePoint: number): boolean
  }
  export interface FontCollection {
    readonly fonts: readonly Font[]
  }
  export function create(bytes: Buffer): Font | FontCollection
}
