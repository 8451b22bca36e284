/**
 * The browser's copy of unsaved text, in IndexedDB, one per account and workitem, so that nobody finds another's text on a shared PC.
 * A browser without IndexedDB keeps none; the server's autosave still works, and the editor says so.
 */
import type { Copy } from './draft.ts'

export interface Copies {
  read(account: string, workitem: string): Promise<Copy | null>
  write(account: string, workitem: string, copy: Copy): Promise<void>
  remove(account: string, workitem: string): Promise<void>
}

const storeName = 'drafts'

function answer<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })
}

export function openCopies(factory: IDBFactory): Copies {
  const opened = (async () => {
    const request = factory.open('reading', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(storeName)
    return answer(request)
  })()
  opened.catch(() => {})
  const store = async (mode: IDBTransactionMode) =>
    (await opened).transaction(storeName, mode, mode === 'readwrite' ? { durability: 'strict' } : {}).objectStore(storeName)
  const key = (account: string, workitem: string) => [account, workitem]
  return {
    read: async (account, workitem) => ((await answer((await store('readonly')).get(key(account, workitem)))) as Copy | undefined) ?? null,
    write: async (account, workitem, copy) => void (await answer((await store('readwrite')).put(copy, key(account, workitem)))),
    remove: async (account, workitem) => void (await answer((await store('readwrite')).delete(key(account, workitem)))),
  }
}
