/** What a dragged row carries: the ids of its workitems, between commas. Nothing else of this kind is dropped on a reader. */
export const draggedType = 'application/x-workitems'
