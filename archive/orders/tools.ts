/** What orders work with. */
import type { FieldKey } from '../field-key.ts'
import type { ReadingTools } from '../reading/tools.ts'

export interface OrderTools extends Pick<ReadingTools, 'index' | 'newUID'> {
  readonly clock: () => Date
  readonly fieldKey: FieldKey
}
