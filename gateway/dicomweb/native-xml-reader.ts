/**
 * From the Native DICOM Model (PS3.19 Annex A.1) to the DICOM JSON Model: what `application/dicom+xml` carries in a store request. The document is read as
 * it comes; a document type, and with it every entity of its own, is refused.
 */
import { SaxesParser, type SaxesTagPlain } from 'saxes'
import type { AttributeJSON, DicomJSON, PersonNameJSON } from '../../archive/dicom/dicom-json.ts'
import { attributeOf } from '../../archive/dicom/dictionary.ts'
import { NotUnderstood } from '../../archive/errors.ts'

/** Items within items. */
const deepest = 64
/** A value may say its number; so many may be left out before it. */
const widestGap = 1_000

/** A data set or an item, while its attributes come. */
interface Level {
  readonly attributes: Map<string, AttributeJSON>
  /** Private attributes, whose block is known when all have come. */
  readonly privates: { readonly creator: string; readonly tag: string; readonly attribute: AttributeJSON }[]
}

interface OpenAttribute {
  readonly tag: string
  readonly vr: string
  readonly creator: string | undefined
  readonly values: (string | number | null | PersonNameJSON | DicomJSON)[]
  content: { readonly BulkDataURI: string } | { readonly InlineBinary: string } | undefined
}

type Group = 'Alphabetic' | 'Ideographic' | 'Phonetic'
const components = ['FamilyName', 'GivenName', 'MiddleName', 'NamePrefix', 'NameSuffix']
/** What may stand inside what. */
const inside: Readonly<Record<string, readonly string[]>> = {
  '': ['NativeDicomModel'],
  NativeDicomModel: ['DicomAttribute'],
  Item: ['DicomAttribute'],
  DicomAttribute: ['Value', 'PersonName', 'Item', 'BulkData', 'InlineBinary'],
  PersonName: ['Alphabetic', 'Ideographic', 'Phonetic'],
  Alphabetic: components,
  Ideographic: components,
  Phonetic: components,
}

/** @throws NotUnderstood when it is no such document */
export async function readNativeXML(bytes: AsyncIterable<Uint8Array>): Promise<DicomJSON> {
  const reader = new NativeXMLReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of bytes) reader.write(decoder.decode(chunk, { stream: true }))
    reader.write(decoder.decode())
  } catch (cause) {
    if (cause instanceof TypeError) throw new NotUnderstood('The XML is not in UTF-8', { cause })
    throw cause
  }
  return reader.end()
}

class NativeXMLReader {
  readonly #parser = new SaxesParser()
  readonly #path: string[] = []
  readonly #levels: Level[] = []
  readonly #attributes: OpenAttribute[] = []
  #number = 0
  #text = ''
  #name: Record<string, string> = {}
  #group: string[] = []
  #result: DicomJSON | undefined

  constructor() {
    this.#parser.on('error', (error) => notUnderstood(error.message.slice(0, 120)))
    this.#parser.on('doctype', () => notUnderstood('a document type is not taken'))
    this.#parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) notUnderstood(`it is in ${encoding.slice(0, 40)}, not in UTF-8`)
    })
    this.#parser.on('opentag', (tag) => this.#open(tag))
    this.#parser.on('text', (text) => {
      this.#text += text
    })
    this.#parser.on('cdata', (text) => {
      this.#text += text
    })
    this.#parser.on('closetag', ({ name }) => this.#close(localName(name)))
  }

  write(text: string): void {
    this.#parser.write(text)
  }

  end(): DicomJSON {
    this.#parser.close()
    return this.#result ?? notUnderstood('it ends before its root does')
  }

  #open({ name, attributes }: SaxesTagPlain): void {
    const element = localName(name)
    const parent = this.#path.at(-1) ?? ''
    if (!(inside[parent] ?? []).includes(element))
      notUnderstood(`<${element.slice(0, 40)}> cannot stand in ${parent === '' ? 'the document' : `<${parent}>`}`)
    this.#path.push(element)
    this.#text = ''
    if (element === 'NativeDicomModel') this.#levels.push(newLevel())
    else if (element === 'DicomAttribute') this.#attributes.push(openAttribute(attributes))
    else if (parent === 'DicomAttribute') this.#openValue(element, attributes)
    else if (parent === 'PersonName') this.#group = []
  }

  #openValue(element: string, { number, uri, uuid }: Readonly<Record<string, string>>): void {
    const open = this.#attributes.at(-1)!
    if (element === 'BulkData') {
      const URI = uri ?? uuid
      if (URI === undefined || URI === '') notUnderstood(`the BulkData of ${open.tag} names nothing`)
      open.content = { BulkDataURI: URI }
      return
    }
    this.#number = number === undefined ? open.values.length + 1 : Number(number)
    const gap = this.#number - open.values.length
    if (!Number.isInteger(this.#number) || gap < 1 || gap > widestGap)
      notUnderstood(`a value of ${open.tag} has number ${String(number).slice(0, 20)}`)
    if (element === 'Item') {
      if (this.#levels.length > deepest) notUnderstood(`items stand within items ${deepest} times and more`)
      this.#levels.push(newLevel())
      while (open.values.length < this.#number) open.values.push({})
    } else while (open.values.length < this.#number) open.values.push(null)
    this.#name = {}
  }

  #close(element: string): void {
    this.#path.pop()
    const parent = this.#path.at(-1)
    const text = this.#text
    this.#text = ''
    if (element === 'NativeDicomModel') this.#result = datasetOf(this.#levels.pop()!)
    else if (element === 'DicomAttribute') this.#closeAttribute()
    else if (element === 'Item') {
      const dataset = datasetOf(this.#levels.pop()!)
      const { values } = this.#attributes.at(-1)!
      values[values.length - 1] = dataset
    } else if (components.includes(element)) this.#group[components.indexOf(element)] = text
    else if (parent === 'PersonName') this.#name[element] = Array.from(this.#group, (component) => component ?? '').join('^')
    else if (element === 'PersonName' || element === 'Value' || element === 'InlineBinary') this.#closeValue(element, text)
  }

  #closeValue(element: string, text: string): void {
    const open = this.#attributes.at(-1)!
    if (element === 'InlineBinary') {
      open.content = { InlineBinary: text.replace(/\s+/g, '') }
      return
    }
    const { values, vr } = open
    const groups = Object.entries(this.#name).filter(([, group]) => group !== '')
    if (element === 'Value') values[values.length - 1] = text === '' ? null : scalarOf(vr, text)
    else values[values.length - 1] = groups.length === 0 ? null : (Object.fromEntries(groups) as Partial<Record<Group, string>>)
  }

  #closeAttribute(): void {
    const { tag, vr, creator, values, content } = this.#attributes.pop()!
    const level = this.#levels.at(-1)!
    const attribute: AttributeJSON = { vr, ...(content ?? (values.length === 0 ? {} : { Value: values })) }
    if (creator !== undefined) level.privates.push({ creator, tag, attribute })
    else if (level.attributes.has(tag)) notUnderstood(`${tag} stands twice in one data set`)
    else level.attributes.set(tag, attribute)
  }
}

function openAttribute({ tag = '', vr, privateCreator }: Readonly<Record<string, string>>): OpenAttribute {
  if (!/^[0-9A-Fa-f]{8}$/.test(tag)) notUnderstood(`"${tag.slice(0, 40)}" is no tag`)
  const known = vr ?? attributeOf(Number.parseInt(tag, 16))?.vr
  if (known === undefined || !/^[A-Z]{2}$/.test(known)) notUnderstood(`${tag} has no VR`)
  const creator = privateCreator === undefined || privateCreator === '' ? undefined : privateCreator
  return { tag: tag.toUpperCase(), vr: known, creator, values: [], content: undefined }
}

const newLevel = (): Level => ({ attributes: new Map(), privates: [] })

/** Attributes in ascending order; private ones in the block of their creator, which gets one where it has none. */
function datasetOf({ attributes, privates }: Level): DicomJSON {
  for (const { creator, tag, attribute } of privates) {
    const group = tag.slice(0, 4)
    const block = blockOf(attributes, group, creator)
    attributes.set(`${group}${block}${tag.slice(6)}`, attribute)
  }
  return Object.fromEntries([...attributes].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** PS3.5 §7.8.1: (gggg,0010-00FF) names who uses the block. */
function blockOf(attributes: Map<string, AttributeJSON>, group: string, creator: string): string {
  for (let number = 0x10; number <= 0xff; number += 1) {
    const block = number.toString(16).toUpperCase()
    const known = attributes.get(`${group}00${block}`)
    if (known === undefined) attributes.set(`${group}00${block}`, { vr: 'LO', Value: [creator] })
    if (known === undefined || known.Value?.[0] === creator) return block
  }
  return notUnderstood(`group ${group} has no block left for ${creator.slice(0, 64)}`)
}

const numeric: ReadonlySet<string> = new Set(['DS', 'FD', 'FL', 'IS', 'SL', 'SS', 'UL', 'US'])

/** A number where JSON has one for it, else the text. */
function scalarOf(vr: string, text: string): string | number {
  if (!numeric.has(vr)) return text
  const number = Number(text)
  return text.trim() === '' || !Number.isFinite(number) ? text : number
}

/** Without a prefix: a document may declare the namespace of the model. */
const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

function notUnderstood(reason: string): never {
  throw new NotUnderstood(`This is no Native DICOM Model: ${reason}`)
}
