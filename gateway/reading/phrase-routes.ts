/** `/api/templates` and `/api/macros`: what fills a report with few keys, of the doctor, of the centre and of the program. */
import type Router from '@koa/router'
import { z } from 'zod'
import { NotFound } from '../../archive/errors.ts'
import { phraseText } from '../../archive/reading/phrases/phrase-text.ts'
import {
  addPhrase,
  changePhrase,
  decideOnPhrase,
  hideStarter,
  importPhrases,
  listPhrases,
  noteUsed,
  phraseLimits,
  removePhrase,
} from '../../archive/reading/phrases/phrases.ts'
import type { PhraseKind } from '../../storage/index/reading/phrases.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idOf, ifMatch } from './request.ts'
import type { PortalTools } from './tools.ts'

const paths: Readonly<Record<PhraseKind, string>> = { template: '/templates', macro: '/macros' }
/** Of the file that is exported and imported. */
const format = { template: 'report-templates/1', macro: 'report-macros/1' } as const
const reasonBody = z.object({ reason: z.string().trim().max(500).default('') })
const placeId = z
  .string()
  .regex(/^(\d{1,15}|starter:[a-z0-9-]{3,60})$/, 'names no phrase')
  .nullable()
  .default(null)

export function phraseRoutes(router: Router, tools: PortalTools): void {
  for (const kind of ['template', 'macro'] as const) routesOf(router, tools, kind)
}

function routesOf(router: Router, tools: PortalTools, kind: PhraseKind): void {
  const path = paths[kind]
  const scope = z.enum(['user', 'centre'])
  const newBody = phraseText(kind).extend({ scope, replaces: placeId })
  const importBody = z.object({ format: z.literal(format[kind]), scope, items: z.array(phraseText(kind)).min(1).max(phraseLimits.import) })

  router.get(path, async (ctx) => {
    ctx.body = { items: await listPhrases(tools, askerIn(ctx), kind) }
  })

  router.get(`${path}/export`, async (ctx) => {
    const items = await listPhrases(tools, askerIn(ctx), kind)
    ctx.attachment(`${kind}s.json`)
    ctx.type = 'application/json; charset=utf-8'
    ctx.body = JSON.stringify(
      {
        format: format[kind],
        items: items
          .filter(({ state }) => state === 'approved')
          .map(({ title, abbreviation, modality, bodyPart, sex, ageBand, polarity, wording, sections }) => ({
            title,
            abbreviation,
            modality,
            bodyPart,
            sex,
            ageBand,
            polarity,
            wording,
            sections,
          })),
      },
      null,
      1,
    )
  })

  router.post(`${path}/import`, async (ctx) => {
    const { scope, items } = await bodyOf(ctx, importBody)
    ctx.body = await importPhrases(tools, askerIn(ctx), kind, scope, items)
  })

  router.post(path, async (ctx) => {
    const { scope, replaces, ...text } = await bodyOf(ctx, newBody)
    ctx.status = 201
    ctx.body = await addPhrase(tools, askerIn(ctx), { kind, scope, replaces, text })
  })

  router.put(`${path}/:id`, async (ctx) => {
    await changePhrase(tools, askerIn(ctx), kind, idOf(ctx), ifMatch(ctx), await bodyOf(ctx, phraseText(kind)))
    ctx.body = {}
  })

  router.delete(`${path}/:id`, async (ctx) => {
    await removePhrase(tools, askerIn(ctx), kind, idOf(ctx))
    ctx.status = 204
  })

  router.post(`${path}/:id/:deed`, async (ctx) => {
    const { id = '', deed = '' } = ctx.params
    if (deed === 'used') await noteUsed(tools, askerIn(ctx), kind, id)
    else if (deed === 'hide' && id.startsWith('starter:')) await hideStarter(tools, askerIn(ctx), kind, id.slice('starter:'.length))
    else if (deed === 'approve' || deed === 'refuse') {
      await decideOnPhrase(tools, askerIn(ctx), kind, idOf(ctx), deed, (await bodyOf(ctx, reasonBody)).reason)
    } else throw new NotFound(`There is no ${deed}`)
    ctx.body = {}
  })
}
