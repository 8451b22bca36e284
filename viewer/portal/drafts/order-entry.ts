/** The copy of an order being typed: one for each account, and none left behind on a shared PC by whoever signs out. */
import { openCopies } from './copy.ts'

/** Names it among the copies of an account. */
export const orderEntry = 'order'

/** A browser without IndexedDB keeps none: then there is nothing to forget. */
export const forgetOrderEntry = (account: string): Promise<void> =>
  openCopies(indexedDB)
    .remove(account, orderEntry)
    .catch(() => {})
