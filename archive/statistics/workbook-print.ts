/**
 * How sheets come out of a printer (ECMA-376 §18.3.1.51, .63, .82): on A4, as wide as the paper and as long as they are, the head again on each page, pages
 * numbered. A wide table lies on its side.
 */
import type { Feature } from 'write-excel-file/node'

/** Title, whose figures, names of the columns. */
export const headRows = 3
const wide = 8

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", "''")

export const printing: Feature<Buffer> = {
  files: {
    transform: {
      'xl/worksheets/sheet{id}.xml': {
        // The first element of a sheet, where there is one.
        transform: (sheet) => sheet.replace(/<sheetViews>/, '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'),
        // The last ones, in this order.
        insert: ({ columns = [] }) =>
          `<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>
           <pageSetup paperSize="9" orientation="${columns.length > wide ? 'landscape' : 'portrait'}" fitToWidth="1" fitToHeight="0"/>
           <headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter>`,
      },
      'xl/workbook.xml': {
        transform: (book, sheets) => {
          const titles = sheets.map(
            ({ sheet = '' }, at) =>
              `<definedName name="_xlnm.Print_Titles" localSheetId="${at}">'${escaped(sheet)}'!$1:$${headRows}</definedName>`,
          )
          return book.replace('</sheets>', `</sheets><definedNames>${titles.join('')}</definedNames>`)
        },
      },
    },
  },
}
