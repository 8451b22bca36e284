/** What viewer and priors put into the report: the editor listens, and puts each where it belongs. */
import { useState } from 'react'
import type { Prior } from '../api/types.ts'
import type { KeyImage } from './messages.ts'

export type Insertion =
  /** Where the caret is, or was last. */
  | { readonly kind: 'text'; readonly text: string }
  /** 较前对比: into the section of comparison. */
  | { readonly kind: 'comparison'; readonly text: string; readonly prior: Prior }
  | { readonly kind: 'key-image'; readonly image: KeyImage }

export interface Insertions {
  insert(insertion: Insertion): void
  onInsert(listener: (insertion: Insertion) => void): () => void
}

export function createInsertions(): Insertions {
  const listeners = new Set<(insertion: Insertion) => void>()
  return {
    insert(insertion) {
      for (const listener of listeners) listener(insertion)
    },
    onInsert(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export function useInsertions(): Insertions {
  const [insertions] = useState(createInsertions)
  return insertions
}
