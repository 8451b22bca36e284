/**
 * How long the fuzz runs in all, in seconds: `FUZZ_SECONDS`, else two minutes in CI and ten seconds elsewhere. `FUZZ_SEED` is any text; another one makes other
 * inputs. `FUZZ_ONLY=part10:1234` makes one input alone, as a failure names it.
 */
export const fuzzSeconds = Number(process.env.FUZZ_SECONDS ?? (process.env.CI ? 120 : 10))
export const fuzzSeed = process.env.FUZZ_SEED ?? '20261122'
export const fuzzOnly = process.env.FUZZ_ONLY?.split(':')
