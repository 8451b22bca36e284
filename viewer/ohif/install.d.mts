export const version: string
/** Where the viewer lies once installed. */
export const ohifFolder: string
export const listName: string
export function installOHIF(options?: {
  folder?: string
  log?: (sentence: string) => void
}): Promise<{ folder: string; installed: boolean; ms: number }>
