/** The monthly pack: every section of one month, as a workbook or as pages to print. reading.md §6.5. */
import type { Asker } from '../access.ts'
import type { Fonts } from '../reading/documents/glyphs.ts'
import { packPDF } from './pack-pdf.ts'
import { contextOf, type Statistics, type StatisticsRequest, type StatisticsTools, sectionNames, sectionOf } from './statistics.ts'
import { workbook } from './workbook.ts'

export interface PackTools extends StatisticsTools {
  /** Read from disk when the first document is made. */
  readonly fonts: () => Fonts
  readonly centreTitle: string
}

/** @throws Forbidden */
export async function monthlyPack(tools: PackTools, asker: Asker, request: StatisticsRequest, format: 'xlsx' | 'pdf'): Promise<Buffer> {
  const context = await contextOf(tools, asker, request)
  const at = tools.clock()
  const sections: Statistics[] = []
  for (const name of sectionNames) sections.push(await sectionOf(context, name, request, at))
  const shown = sections.filter(({ tables }) => tables.length > 0)
  if (format === 'xlsx') return workbook(shown, request.language)
  return packPDF(shown, { title: tools.centreTitle, language: request.language, fonts: tools.fonts() })
}
