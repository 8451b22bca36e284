/** What is measured: an archive that runs as a process of its own and is reached through its sockets only. */
export interface Peer {
  readonly name: string
  readonly pid: number
  readonly dicom: { readonly port: number; readonly AETitle: string }
  /** Address of `/studies` (PS3.18 §10.3). */
  readonly studies: string
  /** Headers of whoever reads, and of whoever stores: the credentials. */
  readonly reader: Readonly<Record<string, string>>
  readonly sender: Readonly<Record<string, string>>
  /** From the start of the process to the first answer that it is ready. */
  readonly secondsToReady: number
  close(): Promise<void>
}

/** The title that all senders use; ours knows it, the other takes any. */
export const callingAETitle = 'EAST_CT'

export interface SeriesUIDs {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUIDs: readonly string[]
}

export const seriesAddress = ({ studies }: Peer, { StudyInstanceUID, SeriesInstanceUID }: SeriesUIDs): string =>
  `${studies}/${StudyInstanceUID}/series/${SeriesInstanceUID}`
