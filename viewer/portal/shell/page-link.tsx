/** A link to another page of the portal: an address that can be opened beside this one, followed without loading the portal again. */
import type { ReactNode } from 'react'
import { navigate } from './router.ts'

export function PageLink({ to, className, label, children }: { to: string; className?: string; label?: string; children: ReactNode }) {
  return (
    <a
      href={to}
      {...(className === undefined ? {} : { className })}
      {...(label === undefined ? {} : { 'aria-label': label, title: label })}
      onClick={(event) => {
        // Beside this page, in a new window, as a file: the browser's own ways stay.
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return
        event.preventDefault()
        navigate(to)
      }}
    >
      {children}
    </a>
  )
}
