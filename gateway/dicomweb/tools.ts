/** What the DICOMweb transactions work with; put together once, in `main.ts`. */
import type { Context } from 'koa'
import type { Logger } from 'pino'
import type { Asker } from '../../archive/access.ts'
import type { Audit } from '../../archive/audit.ts'
import type { DeleteTools } from '../../archive/delete.ts'
import type { PreparedAnswers } from '../../archive/prepared-answers.ts'
import type { RenderTools } from '../../archive/rendered.ts'
import type { RetrieveTools } from '../../archive/retrieve.ts'
import type { StoreTools } from '../../archive/store.ts'
import type { Source } from '../../storage/index/records.ts'
import type { Patience } from '../patience.ts'

export interface DICOMwebTools extends StoreTools, RetrieveTools, RenderTools {
  /** Whose what the asker stores becomes, and who else may see it. */
  readonly sourceOf: (asker: Asker) => Source | Promise<Source>
  readonly audit: Pick<Audit, 'view'>
  /** Rejecting; nothing is deleted by this service alone. */
  readonly deletion: DeleteTools
  readonly log: Pick<Logger, 'error'>
  /** How slow a body may be; `defaultPatience` where absent. */
  readonly patience?: Patience
  /** Metadata that was asked for before; `dicomwebRoutes` makes its own where absent. */
  readonly prepared?: PreparedAnswers
}

export type DICOMwebContext = Context & {
  state: {
    asker: Asker
    /** Only the studies of this person exist (`/dicomweb/around/…`). */
    person?: number
  }
}
