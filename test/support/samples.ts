/**
 * The sample files, read where they stand: `DICOM_SAMPLES`, or `../shared/samples` beside the repository. They are not part of it; tests that need them
 * skip and say so where they are missing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = process.env.DICOM_SAMPLES ?? fileURLToPath(new URL('../../../shared/samples', import.meta.url))

export const haveSamples = existsSync(`${folder}/MANIFEST.tsv`)
if (!haveSamples) console.warn(`Tests on sample files are skipped: no MANIFEST.tsv in ${folder} (set DICOM_SAMPLES)`)

/** The columns of MANIFEST.tsv. */
export interface Sample {
  readonly name: string
  readonly sha256: string
  readonly transfer_syntax: string
  readonly charset: string
  /** By STOW-RS and by C-STORE: `accept`, `reject-with-clear-error`, or `policy` (either, with a clear answer). */
  readonly expected: string
  readonly expected_cstore: string
  readonly why: string
  readonly category: string
  readonly sop_class_uid: string
  readonly transfer_syntax_uid: string
  readonly study_uid: string
  readonly series_uid: string
  readonly sop_instance_uid: string
  /** `PixelData 32768B`, or empty. */
  readonly pixel: string
  readonly pixel_element_sha256: string
  readonly frame_kind: string
  readonly oddities: string
}

function rows(name: string): Record<string, string>[] {
  if (!haveSamples) return []
  const [header = '', ...lines] = readFileSync(`${folder}/${name}`, 'utf8').trimEnd().split('\n')
  const columns = header.split('\t')
  return lines.map((line) => Object.fromEntries(line.split('\t').map((cell, i) => [columns[i], cell])))
}

export const samples = rows('MANIFEST.tsv') as unknown as readonly Sample[]

/** SHA-256 and length of every frame as it is returned in the stored transfer syntax, by file name, frame 1 first. */
export const sampleFrames: ReadonlyMap<string, readonly { readonly bytes: number; readonly sha256: string }[]> = (() => {
  const frames = new Map<string, { bytes: number; sha256: string }[]>()
  for (const { name, bytes, sha256 } of rows('FRAMES.tsv'))
    frames.set(name!, [...(frames.get(name!) ?? []), { bytes: Number(bytes), sha256: sha256! }])
  return frames
})()

export function samplePath(name: string): string {
  return `${folder}/${name}`
}

export function sampleBytes(name: string): Buffer {
  return readFileSync(samplePath(name))
}
