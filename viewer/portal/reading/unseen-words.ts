/** Words about images that whoever signs has not looked at. */
export const unseenWords = {
  newImages: ['又收到新图像，请确认已查看', 'New images arrived: confirm that you have seen them'],
  acknowledge: ['已查看', 'Seen'],
  unopened: ['您还没有打开过本检查的图像', 'You have not opened the images of this study'],
  joinedUnopened: [
    '本报告合并阅片 {all} 个检查，其中 {n} 个您还没有打开过图像',
    'Read together: {all} studies; you have not opened the images of {n} of them',
  ],
  newer: ['您看过之后又到了新图像', 'Images have arrived since you looked'],
} as const
