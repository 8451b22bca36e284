/** What the Worklist Service's transactions work with over HTTP. */
import type { Audit } from '../../../archive/audit.ts'
import type { Channels } from '../../../archive/ups/channels.ts'
import type { UPSTools } from '../../../archive/ups/tools.ts'
import type { DICOMwebContext } from '../tools.ts'

export interface WorklistTools extends UPSTools {
  readonly channels: Channels
  readonly audit: Pick<Audit, 'view'>
  /** Path prefix that a proxy puts before everything. */
  readonly publicPath: string
}

export type WorklistContext = DICOMwebContext & { readonly params: Readonly<Record<string, string>> }
