/** Shows a picture only when all of it is here, so that scrolling never flickers, and fetches the next ones two at a time. */
import { useEffect, useRef, useState } from 'react'

/** Pictures kept decoded or on their way; a 768² one is about 2 MB of memory. */
const most = 48
const atOnce = 2

export interface Picture {
  /** Address of what is on the screen: the picture asked for, or the one before while it loads. */
  readonly shown: string | null
  readonly state: 'shown' | 'loading' | 'failed'
}

export function usePicture(wanted: string, ahead: readonly string[]): Picture {
  const pictures = useRef(new Map<string, HTMLImageElement>())
  const [picture, setPicture] = useState<Picture>({ shown: null, state: 'loading' })

  useEffect(() => {
    let left = false
    const kept = pictures.current
    const load = async (address: string): Promise<void> => {
      const image = kept.get(address) ?? new Image()
      kept.delete(address)
      kept.set(address, image)
      if (image.src === '') image.src = address
      for (const [old, stale] of kept) {
        if (kept.size <= most) break
        stale.src = ''
        kept.delete(old)
      }
      try {
        await image.decode()
      } catch (error) {
        kept.delete(address)
        throw error
      }
    }
    const run = async () => {
      // Said only when it takes a moment: a picture that is here already comes without a word.
      const patience = setTimeout(() => !left && setPicture(({ shown }) => ({ shown, state: 'loading' })), 150)
      try {
        await load(wanted)
        if (!left) setPicture({ shown: wanted, state: 'shown' })
      } catch {
        if (!left) setPicture({ shown: null, state: 'failed' })
      } finally {
        clearTimeout(patience)
      }
      const queue = [...ahead]
      const fetchNext = async () => {
        for (let address = queue.shift(); address !== undefined && !left; address = queue.shift()) await load(address).catch(() => {})
      }
      await Promise.all(Array.from({ length: atOnce }, fetchNext))
    }
    void run()
    return () => {
      left = true
    }
  }, [wanted, ahead])
  return picture
}
