/**
 * The browser's copy of what is unsaved, in IndexedDB, one per account and subject (a workitem, a form), so that nobody finds another's
 * text on a shared PC. A browser without IndexedDB keeps none; the server's autosave still works, and the editor says so.
 */

export interface Copies<Copy> {
  read(account: string, subject: string): Promise<Copy | null>
  write(account: string, subject: string, copy: Copy): Promise<void>
  remove(account: string, subject: string): Promise<void>
}

const storeName = 'drafts'

function answer<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })
}

export function openCopies<Copy>(factory: IDBFactory): Copies<Copy> {
  const opened = (async () => {
    const request = factory.open('reading', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(storeName)
    return answer(request)
  })()
  opened.catch(() => {})
  const store = async (mode: IDBTransactionMode) =>
    (await opened).transaction(storeName, mode, mode === 'readwrite' ? { durability: 'strict' } : {}).objectStore(storeName)
  const key = (account: string, subject: string) => [account, subject]
  return {
    read: async (account, subject) => ((await answer((await store('readonly')).get(key(account, subject)))) as Copy | undefined) ?? null,
    write: async (account, subject, copy) => void (await answer((await store('readwrite')).put(copy, key(account, subject)))),
    remove: async (account, subject) => void (await answer((await store('readwrite')).delete(key(account, subject)))),
  }
}
