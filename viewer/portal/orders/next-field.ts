/** Enter goes to the next field, as on every registration desk; card readers end a number with it. */

const fields =
  'input:not([disabled]):not([type="hidden"]):not([type="radio"]), input[type="radio"]:checked:not([disabled]), textarea:not([disabled]), .earlier button, button[type="submit"]'

/** The field after this one in the form; of radio buttons the chosen one, or the first of a group that has none. */
export function nextField(form: HTMLElement, from: Element): HTMLElement | undefined {
  const groups = [...form.querySelectorAll<HTMLElement>('.ant-radio-group')]
  const unchosen = groups
    .filter((group) => group.querySelector('input:checked') === null)
    .map((group) => group.querySelector<HTMLElement>('input:not([disabled])'))
    .filter((input) => input !== null)
  const all = [...form.querySelectorAll<HTMLElement>(fields), ...unchosen].filter((field) => field.tabIndex >= 0)
  const after = all.filter((field) => from.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING)
  const ownGroup = from.closest('.ant-radio-group')
  return after
    .filter((field) => ownGroup === null || !ownGroup.contains(field))
    .sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1))[0]
}
