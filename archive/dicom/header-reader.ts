/**
 * The header reader: everything the archive wants to know of an instance, from its Part 10 bytes as they stream by. PS3.10 §7, PS3.5 §7, PS3.18 Annex F.
 *
 * Bytes are pushed in chunks cut anywhere and go on elsewhere untouched. Held are the JSON and the values of the header, 13 bytes for each fragment of
 * Pixel Data, and never a pixel. What cannot be stored is refused as soon as the bytes show it.
 */
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { BulkValue, InstanceRecord } from '../../storage/index/records.ts'
import { IdentityMissing, LimitExceeded, NotUnderstood, SOPClassNotSupported, TransferSyntaxNotSupported } from '../errors.ts'
import { nameOf, tagOf } from './dictionary.ts'
import { ElementParser, type ParserLimits, parserLimits } from './element-parser.ts'
import { type FileMeta, parseFileMeta } from './file-meta.ts'
import { type BuilderLimits, builderLimits, bulkPrefixMark, HeaderBuilder } from './header-builder.ts'
import { type InflateLimits, Inflater, inflateLimits } from './inflater.ts'
import { type Irregularity, irregularitiesOf } from './irregularities.ts'
import { fragmentOf, onDemand } from './metadata-fragment.ts'
import { nameKeys } from './person-name.ts'
import { pixelLayoutOf } from './pixel-layout.ts'
import { levelsOf, searchValuesOf } from './search-values.ts'
import { isStorableSOPClass, nameOfSOPClass } from './sop-classes.ts'
import { type TransferSyntax, transferSyntaxOf } from './transfer-syntaxes.ts'
import { isUID } from './uid.ts'

/** What an instance is, known before its pixels come. */
export interface Identity {
  readonly TransferSyntaxUID: string
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly StudyInstanceUID: string
}

/** What the index is told of an instance, as far as its bytes know it, and what is wrong with it nevertheless. */
export type Header = Omit<InstanceRecord, 'objectKey' | 'objectSize' | 'source' | 'receivedAt'> & {
  readonly irregularities: readonly Irregularity[]
}

export interface HeaderLimits extends ParserLimits, BuilderLimits {
  /** Bytes from the beginning of the data set in which the identity must stand. */
  readonly identity: number
  readonly inflate: InflateLimits
}

export const headerLimits: HeaderLimits = { ...parserLimits, ...builderLimits, identity: 1 << 20, inflate: inflateLimits }

export interface HeaderReaderOptions {
  /** Prefix of every BulkDataURI: empty, or a path without a slash at its end. */
  readonly publicPath: string
  /** Assumed for undeclared text, such as `GB18030`. */
  readonly fallbackCharacterSet?: string
  readonly limits?: Partial<HeaderLimits>
}

const identifying = ['SOPClassUID', 'SOPInstanceUID', 'StudyInstanceUID', 'SeriesInstanceUID'] as const
const PatientName = tagOf('PatientName')!

export class HeaderReader {
  readonly #options: HeaderReaderOptions
  readonly #limits: HeaderLimits
  readonly #fileHash = createHash('sha256')
  readonly #datasetHash = createHash('sha256')
  #length = 0
  /** The first bytes, until File Meta is complete. */
  #beginning: Buffer = Buffer.alloc(0)
  #collected = 0
  #needed = 0
  #meta: FileMeta | undefined
  #syntax: TransferSyntax | undefined
  #builder: HeaderBuilder
  #parser: ElementParser | undefined
  #inflater: Inflater | undefined
  #identity: Identity | undefined

  constructor(options: HeaderReaderOptions) {
    this.#options = options
    this.#limits = { ...headerLimits, ...options.limits }
    this.#builder = new HeaderBuilder(options.fallbackCharacterSet, this.#limits)
  }

  /** Set as soon as File Meta and the four identifying UIDs are read. */
  get identity(): Identity | undefined {
    return this.#identity
  }

  /** Bytes seen so far. */
  get length(): number {
    return this.#length
  }

  /**
   * @throws NotUnderstood (IdentityMissing, LimitExceeded), TransferSyntaxNotSupported, SOPClassNotSupported, as soon as the bytes show it.
   * The reader is of no more use then.
   */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    this.#fileHash.update(bytes)
    this.#length += bytes.length
    if (this.#meta !== undefined) {
      this.#datasetHash.update(bytes)
      this.#parse(bytes)
      return
    }
    const beginning = this.#collected === 0 ? bytes : this.#collect(bytes)
    if (beginning.length < this.#needed) {
      if (this.#collected === 0) this.#collect(bytes)
      return
    }
    const meta = parseFileMeta(beginning)
    if (typeof meta === 'number') {
      this.#needed = meta
      if (this.#collected === 0) this.#collect(bytes)
    } else this.#begin(meta, beginning)
  }

  /** Appends to the first bytes, in a buffer that doubles. */
  #collect(bytes: Buffer): Buffer {
    const length = this.#collected + bytes.length
    if (length > this.#beginning.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#beginning.length))
      this.#beginning.copy(larger, 0, 0, this.#collected)
      this.#beginning = larger
    }
    bytes.copy(this.#beginning, this.#collected)
    this.#collected = length
    return this.#beginning.subarray(0, length)
  }

  /** Says that no more bytes come. @throws as `write` does. */
  end(): Header {
    if (this.#meta === undefined) {
      const beginning = this.#beginning.subarray(0, this.#collected)
      this.#begin(parseFileMeta(beginning, true) as FileMeta, beginning)
    }
    this.#inflater?.end()
    this.#parser!.end()
    const identity = this.#requireIdentity()
    const builder = this.#builder
    const { end: datasetOffset } = this.#meta!
    const origin = this.#syntax!.deflated ? 0 : datasetOffset
    return {
      ...identity,
      fileSHA256: this.#fileHash.digest(),
      datasetSHA256: this.#datasetHash.digest(),
      datasetOffset,
      values: searchValuesOf(builder.texts),
      json: levelsOf(builder.members, this.#bulkPrefix(identity)),
      nameKeys: nameKeys(builder.texts.get(PatientName) ?? ''),
      metadata: this.#metadata(identity),
      bulk: origin === 0 ? builder.bulk : builder.bulk.map((value): BulkValue => ({ ...value, offset: value.offset + origin })),
      pixels: pixelLayoutOf(builder, this.#syntax!, identity.SOPClassUID, origin),
      characterSet: builder.characterSet(),
      irregularities: irregularitiesOf(builder.texts, identity, this.#meta!, builder.pixels !== undefined),
    }
  }

  #begin(meta: FileMeta, beginning: Buffer): void {
    this.#meta = meta
    const { TransferSyntaxUID, MediaStorageSOPClassUID } = meta
    if (MediaStorageSOPClassUID !== undefined) refuseSOPClass(MediaStorageSOPClassUID)
    if (TransferSyntaxUID === undefined || TransferSyntaxUID === '') {
      throw new NotUnderstood('(0002,0010) TransferSyntaxUID is missing in the File Meta Information', {
        attribute: '(0002,0010) TransferSyntaxUID',
      })
    }
    this.#syntax = transferSyntaxOf(TransferSyntaxUID)
    if (this.#syntax === undefined) throw new TransferSyntaxNotSupported(`The transfer syntax ${TransferSyntaxUID} is not stored`)
    this.#parser = new ElementParser(this.#builder, this.#syntax, this.#limits)
    if (this.#syntax.deflated) {
      const parser = this.#parser
      this.#inflater = new Inflater((bytes) => parser.write(bytes), this.#limits.inflate)
    }
    const dataset = beginning.subarray(meta.end)
    this.#beginning = Buffer.alloc(0)
    this.#datasetHash.update(dataset)
    this.#parse(dataset)
  }

  #parse(bytes: Buffer): void {
    if (this.#inflater !== undefined) this.#inflater.write(bytes)
    else this.#parser!.write(bytes)
    if (this.#identity !== undefined) return
    this.#identify()
    if (this.#identity !== undefined) return
    // Before the pixels, and before a header without end, an instance has said who it is.
    if (this.#builder.pixels !== undefined) this.#requireIdentity()
    if (this.#parser!.offset > this.#limits.identity) {
      throw new LimitExceeded(`${this.#missing()} does not stand in the first ${this.#limits.identity} bytes of the data set`, {
        attribute: this.#missing(),
      })
    }
  }

  #text(keyword: string): string {
    return this.#builder.texts.get(tagOf(keyword)!) ?? ''
  }

  #missing(): string {
    return nameOf(tagOf(identifying.find((keyword) => this.#text(keyword) === '')!)!)
  }

  /** Checks each UID when it comes, and has the identity when all have. */
  #identify(): void {
    const uids = identifying.map((keyword) => this.#text(keyword))
    identifying.forEach((keyword, i) => {
      const uid = uids[i]!
      if (uid === '' || isUID(uid)) return
      const attribute = nameOf(tagOf(keyword)!)
      const reason = uid.length > 64 ? `has ${uid.length} characters, 64 are allowed` : 'may hold digits and single dots only'
      throw new IdentityMissing(`${attribute} is not a UID: ${JSON.stringify(uid.slice(0, 80))} ${reason}`, { attribute })
    })
    const [SOPClassUID, SOPInstanceUID, StudyInstanceUID, SeriesInstanceUID] = uids as [string, string, string, string]
    if (SOPClassUID !== '') refuseSOPClass(SOPClassUID)
    if (uids.some((uid) => uid === '')) return
    this.#identity = { TransferSyntaxUID: this.#syntax!.uid, SOPClassUID, SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID }
  }

  #requireIdentity(): Identity {
    this.#identify()
    if (this.#identity === undefined) throw new IdentityMissing(`${this.#missing()} is missing`, { attribute: this.#missing() })
    return this.#identity
  }

  #bulkPrefix({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: Identity): string {
    const path = JSON.stringify(this.#options.publicPath).slice(1, -1)
    return `${path}/dicomweb/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}/bulkdata/`
  }

  #metadata(identity: Identity) {
    const json = this.#builder.json()
    return json === undefined ? onDemand : fragmentOf(json.replaceAll(bulkPrefixMark, this.#bulkPrefix(identity)))
  }
}

function refuseSOPClass(uid: string): void {
  if (!isStorableSOPClass(uid))
    throw new SOPClassNotSupported(`Instances of ${nameOfSOPClass(uid)} are not stored: they belong to no patient's study`)
}
