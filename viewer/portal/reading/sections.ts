/** The written sections of a report, in the order in which they are read. */
export type TextSection = 'technique' | 'comparison' | 'findings' | 'impression' | 'advice' | 'remark'
export const textSections: readonly TextSection[] = ['technique', 'comparison', 'findings', 'impression', 'advice', 'remark']
/** What is written in every report; the others are one line until they are needed. */
export const isLong = (section: TextSection): boolean => section === 'findings' || section === 'impression'
