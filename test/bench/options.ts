/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'

export interface Options {
  /** Names of the parts to be measured. */
  readonly parts: readonly string[]
  /** Rounds that count. */
  readonly runs: number
  readonly slices: number
  /** Studies in the list. */
  readonly studies: number
  /** Without the peer. */
  readonly alone: boolean
  /** Folder for CPU profiles of our process. */
  readonly profile: string | undefined
}

export function readOptions(args: readonly string[], all: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '3' },
      slices: { type: 'string', default: '300' },
      studies: { type: 'string', default: '300' },
      alone: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  })
  const unknown = positionals.filter((name) => !all.includes(name))
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}; there are ${all.join(', ')}`)
  return {
    parts: positionals.length === 0 ? all : positionals,
    runs: count('runs', values.runs),
    slices: count('slices', values.slices),
    studies: count('studies', values.studies),
    alone: values.alone,
    profile: values.profile,
  }
}

function count(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} is a number from 1 on`)
  return number
}
