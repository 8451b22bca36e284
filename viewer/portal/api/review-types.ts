/** What a reviewer changed, and why. */
export type ChangeReason = 'style' | 'omission' | 'error' | 'position'

export interface ReviewChange {
  readonly field: string
  readonly before: string
  readonly after: string
  readonly reason: ChangeReason | null
}
