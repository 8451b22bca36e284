/** Drawings that show what is good and what is poor: a chest, in a few lines. Drawn here, so that they need no pictures of anybody. */
import type { ReactNode } from 'react'

export type Example = 'sideMark' | 'coverage' | 'motion' | 'exposure'

function Chest({ top = 0, children }: { readonly top?: number; readonly children?: ReactNode }) {
  return (
    <g transform={`translate(0 ${-top})`}>
      <path d="M48 12v10M22 26q14-8 26-4 12-4 26 4" />
      <path d="M44 26c-14 0-22 18-24 44 0 8 4 10 12 8 8-3 12-5 13-14z" />
      <path d="M52 26c14 0 22 18 24 44 0 8-4 10-12 8-8-3-12-5-13-14z" />
      <path d="M30 38h12M27 48h15M25 58h17M54 38h12M54 48h15M54 58h17" className="rib" />
      <path d="M48 22v58" className="rib" />
      {children}
    </g>
  )
}

const drawings: Readonly<Record<Example, { readonly good: ReactNode; readonly poor: ReactNode }>> = {
  sideMark: {
    good: (
      <Chest>
        <text x="8" y="24">
          R
        </text>
      </Chest>
    ),
    poor: (
      <Chest>
        <text x="8" y="24" className="wrong">
          ?
        </text>
      </Chest>
    ),
  },
  coverage: { good: <Chest />, poor: <Chest top={26} /> },
  motion: {
    good: <Chest />,
    poor: (
      <>
        <g opacity="0.55">
          <Chest />
        </g>
        <g opacity="0.55" transform="translate(4 3)">
          <Chest />
        </g>
        <g opacity="0.35" transform="translate(-3 -2)">
          <Chest />
        </g>
      </>
    ),
  },
  exposure: {
    good: <Chest />,
    poor: (
      <g opacity="0.18">
        <Chest />
      </g>
    ),
  },
}

export function Drawing({ of, which, label }: { readonly of: Example; readonly which: 'good' | 'poor'; readonly label: string }) {
  return (
    <svg className={`example example-${which}`} viewBox="0 0 96 88" role="img" aria-label={label}>
      <rect width="96" height="88" />
      {drawings[of][which]}
    </svg>
  )
}
