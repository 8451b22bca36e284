/** `/healthz` (the process lives), `/readyz` (database and object store answer), `/metrics` (Prometheus; counts only, never patient data). */
import type { Middleware } from 'koa'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Stored } from '../archive/store.ts'
import type { Source } from '../storage/index/records.ts'
import { failureOf } from './errors.ts'

export interface Health {
  /** Each check resolves when its part answers. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>
  readonly metrics: Metrics
}

export interface Metrics {
  readonly registry: Registry
  readonly stored: Counter<'via' | 'outcome'>
  readonly refused: Counter<'via' | 'reason'>
  readonly storedBytes: Counter<'via'>
  readonly storeSeconds: Histogram<'via'>
  /** Where the number of open associations comes from, asked at each scrape. */
  readonly observeAssociations: (count: () => number) => void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    stored: new Counter({
      name: 'archive_instances_stored_total',
      help: 'Instances stored, by door and outcome',
      labelNames: ['via', 'outcome'],
      registers,
    }),
    refused: new Counter({
      name: 'archive_instances_refused_total',
      help: 'Instances refused, by door and reason',
      labelNames: ['via', 'reason'],
      registers,
    }),
    storedBytes: new Counter({ name: 'archive_stored_bytes_total', help: 'Bytes stored, by door', labelNames: ['via'], registers }),
    storeSeconds: new Histogram({
      name: 'archive_store_seconds',
      help: 'Seconds from the first byte of an instance to its row',
      labelNames: ['via'],
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
    observeAssociations: (count) => {
      new Gauge({
        name: 'archive_dimse_associations',
        help: 'Associations open now',
        registers,
        collect() {
          this.set(count())
        },
      })
    },
  }
}

export function countStore(metrics: Metrics, via: Source['via'], result: unknown, seconds: number): void {
  if (isStored(result)) {
    metrics.stored.inc({ via, outcome: result.outcome })
    metrics.storedBytes.inc({ via }, result.bytes)
    metrics.storeSeconds.observe({ via }, seconds)
  } else {
    metrics.refused.inc({ via, reason: failureOf(result).code })
  }
}

const isStored = (result: unknown): result is Stored => typeof result === 'object' && result !== null && 'outcome' in result

const CHECK_MS = 3_000

const within = (check: () => Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), CHECK_MS)
  })
  return Promise.race([check(), late]).finally(() => clearTimeout(timer))
}

export const healthRoutes = ({ checks, metrics }: Health): Middleware => {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next()
    switch (ctx.path) {
      case '/healthz':
        ctx.body = { status: 'ok' }
        return
      case '/readyz': {
        const names = Object.keys(checks)
        const results = await Promise.allSettled(names.map((name) => within(checks[name]!)))
        const parts = Object.fromEntries(names.map((name, i) => [name, results[i]!.status === 'fulfilled' ? 'ok' : 'unavailable']))
        ctx.status = results.every(({ status }) => status === 'fulfilled') ? 200 : 503
        ctx.body = { status: ctx.status === 200 ? 'ready' : 'not ready', parts }
        return
      }
      case '/metrics':
        // Numbers only, but still nobody's business outside: a scraper sits on this machine or on the gateways' own network.
        if (!isPrivateAddress(ctx.ip)) return next()
        ctx.type = metrics.registry.contentType
        ctx.body = await metrics.registry.metrics()
        return
      default:
        return next()
    }
  }
}

const isPrivateAddress = (ip: string): boolean => /^(::ffff:)?(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)|^::1$|^f[cd]/.test(ip)
