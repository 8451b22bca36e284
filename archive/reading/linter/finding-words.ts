/** What radiologists find, as words: long ones first, so that 「硬膜下血肿」 is not read as 「血肿」 elsewhere. */

/** Findings that a report either has or denies; each group is one finding under several names. */
export const findingGroups: Readonly<Record<string, RegExp>> = {
  骨折: /骨折(?!愈合良好)/g,
  脱位: /半?脱位/g,
  出血: /出血|血肿/g,
  积液: /积液|积水(?!器)/g,
  气胸: /气胸/g,
  结节: /结节/g,
  占位: /占位|肿块|肿物|肿瘤/g,
  结石: /结石/g,
  梗阻: /梗阻/g,
  梗死: /梗死|梗塞/g,
  囊肿: /囊肿/g,
  炎症: /肺炎|炎症|感染|炎性病变|炎性改变/g,
  骨质破坏: /骨质破坏/g,
  穿孔: /穿孔|游离气体/g,
  动脉瘤: /动脉瘤/g,
  夹层: /夹层/g,
  栓塞: /栓塞|充盈缺损/g,
  肺不张: /肺不张|膨胀不全/g,
  实变: /实变/g,
  突出: /椎间盘(突出|脱出|膨出)/g,
  增生: /骨质增生|骨赘/g,
  结核: /结核/g,
}

/** Anything that makes an impression 阳性. */
export const abnormal =
  /骨折|脱位|出血|血肿|积液|积水|积气|气胸|结节|占位|肿块|肿物|肿瘤|癌|瘤|转移|结石|梗阻|梗死|梗塞|囊肿|肺炎|支气管炎|炎症|感染|炎(?!热)|结核|破坏|穿孔|游离气体|夹层|栓塞|不张|实变|渗出|磨玻璃|突出|脱出|膨出|狭窄|扩张|肿大|增大|增厚|萎缩|畸形|破裂|损伤|挫伤|撕裂|坏死|水肿|溃疡|息肉|瘘|扭转|套叠|疝|异物|骨质疏松|骨质增生|骨赘|退行性|硬化|纤维化|纤维灶|肺气肿|肺大泡|肺大疱|钙化|脱髓鞘|变性|侧弯|滑脱|术后|病变(?!未见)/g

/** Seen every day in people who are well: no alarm, a hint. */
export const ofLittleWeight = /骨质增生|骨赘|退行性|硬化|钙化|纤维灶|术后|骨质疏松|侧弯|囊肿|增厚/
