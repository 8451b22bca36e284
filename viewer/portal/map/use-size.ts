/** How large an element is drawn, now and whenever that changes; null before the first look. */
import { type RefObject, useEffect, useRef, useState } from 'react'

export interface Size {
  readonly width: number
  readonly height: number
}

export function useSize<Element extends HTMLElement>(): [RefObject<Element | null>, Size | null] {
  const element = useRef<Element>(null)
  const [size, setSize] = useState<Size | null>(null)
  useEffect(() => {
    if (element.current === null) return
    const watching = new ResizeObserver(([entry]) => {
      if (entry === undefined) return
      const { width, height } = entry.contentRect
      if (width > 0 && height > 0) setSize({ width: Math.floor(width), height: Math.floor(height) })
    })
    watching.observe(element.current)
    return () => watching.disconnect()
  }, [])
  return [element, size]
}
