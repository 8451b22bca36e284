/** A PN as people read it: 张三, not `ZHANG^SAN=张^三`. PS3.5 §6.2.1. */

const han = /\p{Script=Han}/u
const asian = /^[\p{Script=Han}\p{Script=Hangul}·・]+$/u

/** The group in Chinese where there is one; a foreign name stays in its own order. */
export function personName(PatientName: string): string {
  const groups = PatientName.split('=').filter((group) => group.replaceAll('^', '').trim() !== '')
  const group = groups.find((each) => han.test(each)) ?? groups[0] ?? ''
  const components = group
    .split('^')
    .map((component) => component.trim())
    .filter((component) => component !== '')
  return components.join(components.every((component) => asian.test(component)) ? '' : ' ')
}

export const isHan = (text: string): boolean => han.test(text)
