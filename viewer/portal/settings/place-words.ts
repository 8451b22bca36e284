/** Sentences about places and the county's outline. */
import { words } from '../language/words.ts'

export const placeWords = words({
  place: ['位置', 'Place'],
  placeHint: [
    '大屏地图上的位置，不填则列为“未定位”。WGS 84 经纬度；从网上地图抄来的坐标差几百米，图上看不出来。',
    'On the map of the wallboard; empty: it stands beside it. WGS 84; coordinates of Chinese web maps are off by some hundred metres, which does not show.',
  ],
  longitude: ['经度', 'Longitude'],
  latitude: ['纬度', 'Latitude'],
  both: ['经度和纬度要么都填，要么都不填', 'Give longitude and latitude, or neither'],
  take: ['清除位置', 'Take it off the map'],
  sheet: [
    '地图：点击或拖动确定位置；键盘用方向键移动，按住 Shift 走大步',
    'Map: click or drag to set the place; arrow keys move it, with Shift in large steps',
  ],
  outline: ['县域轮廓', 'Outline of the county'],
  outlineText: [
    '画在大屏地图底下。上传 GeoJSON 文件（Polygon 或 MultiPolygon，WGS 84，不超过 1 MB）；保存时自动简化，不访问外网。',
    'Drawn beneath the map of the wallboard. A GeoJSON file (Polygon or MultiPolygon, WGS 84, at most 1 MB); simplified when it is saved, nothing is fetched.',
  ],
  outlineNone: ['还没有轮廓', 'No outline yet'],
  outlineSaved: ['轮廓已保存：{n} 个点', 'Outline saved: {n} positions'],
  outlineRemoved: ['轮廓已删除', 'Outline removed'],
  choose: ['选择文件…', 'Choose a file…'],
  remove: ['删除轮廓', 'Remove the outline'],
  removeAsk: ['删除县域轮廓？', 'Remove the outline of the county?'],
  tooLarge: ['文件超过 1 MB：请先用工具简化', 'The file is larger than 1 MB: simplify it first'],
  notJSON: ['这个文件不是 JSON', 'This file is not JSON'],
})
