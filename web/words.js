// Every string of the page, in Chinese and in English, and the forms of numbers, dates and sizes.

const plural = (n, one, many) => `${number(n)} ${n === 1 ? one : many}`;

const words = {
  zh: {
    title: "cnclip 图片搜索",
    skip: "跳到搜索结果",
    home: "cnclip 首页",
    search: "搜索",
    sentence: "描述要找的图片",
    placeholder: "用一句话描述要找的图片",
    clear: "清空",
    choosePicture: "用图片搜索",
    removePicture: "去掉查询图片",
    queryPicture: "查询图片",
    tools: "搜索选项",
    filters: "筛选",
    without: "不要",
    withoutHint: "例如：文字、人",
    weight: "侧重",
    weightText: "文字",
    weightPicture: "图片",
    weightValue: (percent) => `图片占 ${percent}%`,
    folder: "文件夹",
    anyFolder: "全部文件夹",
    after: "不早于",
    before: "不晚于",
    side: "短边像素",
    anySide: "不限",
    sideAtLeast: (pixels) => `至少 ${number(pixels)} 像素`,
    minBytes: "最小（MB）",
    maxBytes: "最大（MB）",
    tags: "标签",
    resetFilters: "清除筛选",
    removeFilter: (name) => `去掉筛选：${name}`,
    chipAfter: (date) => `${date} 起`,
    chipBefore: (date) => `${date} 止`,
    chipMin: (size) => `≥ ${size} MB`,
    chipMax: (size) => `≤ ${size} MB`,
    results: "搜索结果",
    summary: (shown, searched) => `${number(searched)} 张图片中最接近的 ${number(shown)} 张`,
    summarySeconds: (seconds) => `${seconds} 秒`,
    truncated: "句子太长，只用了开头部分",
    lessLikely: "下面的可能不相符",
    noneReally: "没有真正相符的图片，这些只是最接近的",
    more: "显示更多",
    showCosine: "余弦值",
    aboutRelevance: "相关度",
    relevanceExplained: "相关度说明一张图片符合描述的程度：它把图片的余弦相似度与图库里其余图片的相比较，因此不同的查询之间也可以比较。接近 100% 表示很可能相符；低于 50% 则与偶然的相似难以区分。余弦值是模型给出的原始相似度。",
    relevance: "相关度",
    relevanceIs: (percent) => `相关度 ${percent}`,
    cosine: "余弦值",
    openPicture: (name) => `查看 ${name}`,
    similar: "相似图片",
    similarTo: (name) => `查找与 ${name} 相似的图片`,
    viewer: "图片",
    previous: "上一张",
    next: "下一张",
    close: "关闭",
    facts: "图片信息",
    path: "路径",
    size: "尺寸",
    bytes: "大小",
    modified: "修改时间",
    copyPath: "复制路径",
    copied: "路径已复制",
    copyFailed: "无法复制，请手动选择路径",
    openOriginal: "打开原图",
    viewerKeys: "← → 切换图片，Esc 关闭",
    previewOnly: "浏览器不能显示原图，这里是缩略图。",
    gone: "原图已不在磁盘上，这里是缩略图。",
    notLoaded: "原图没有加载成功，这里是缩略图。",
    dropHere: "松开鼠标，用这张图片搜索",
    notPicture: "这不是图片文件",
    tooLarge: "图片太大，浏览器也无法缩小它",
    pictureLost: "查询图片已不在此页面中，请重新选择。",
    welcome: "用一句话，找到那张照片",
    welcomeText: (pictures) => `${number(pictures)} 张图片随时可以搜索。写下你记得的画面，或者拖入、粘贴一张图片。`,
    examples: "试试这些",
    exampleSentences: ["雪地里奔跑的狗", "海边的日落", "穿红色衣服的孩子", "夜晚的城市灯光", "桌上的一碗面"],
    emptyTitle: "图库里还没有图片",
    emptyText: "更新索引后，来源文件夹里的图片就可以搜索了。",
    noIndexTitle: "服务器没有打开图库",
    noIndexText: "请用 cnclip serve --index 指定图库后重新启动。",
    nothingTitle: "没有相符的图片",
    nothingText: (query) => `图库里没有一张图片明显符合“${query}”。换个说法，或者少用一些筛选条件再试试。`,
    nothingPicture: "图库里没有一张图片明显与它相似。",
    filteredTitle: "没有图片符合筛选条件",
    filteredText: "放宽文件夹、日期、大小或标签后再试。",
    showNearest: "仍然显示最接近的",
    keyNeededTitle: "需要密钥",
    keyNeededText: "这台服务器只为持有密钥的人搜索。",
    enterKey: "输入密钥",
    keyTitle: "请输入密钥",
    keyText: "这台服务器需要 API 密钥。它只保存在这个标签页里，关闭后即忘记。",
    key: "API 密钥",
    keyWrong: "服务器不接受这个密钥，请检查后重试。",
    keySend: "继续",
    cancel: "取消",
    offlineTitle: "连不上服务器",
    offlineText: "请检查服务器是否在运行。",
    busyTitle: "服务器正忙",
    busyText: "请求在排队，请稍等。",
    failedTitle: "搜索没有成功",
    refusedTitle: "服务器不接受这次查询",
    retryIn: (seconds) => `${number(seconds)} 秒后自动重试`,
    retry: "立即重试",
    found: (shown) => `找到 ${number(shown)} 张图片`,
    library: "图库",
    pictures: (count) => `${number(count)} 张图片`,
    indexing: (percent) => `正在索引 ${percent}`,
    indexingUnknown: "正在索引",
    indexPaused: "索引已暂停",
    indexFailed: "索引出错",
    indexDone: "索引更新完毕",
    libraryOffline: "离线",
    model: "模型",
    sources: "来源",
    errors: "无法读取",
    changes: "变化",
    changesAre: (added, changed, removed) => `新增 ${number(added)}，更新 ${number(changed)}，移除 ${number(removed)}`,
    progress: "进度",
    progressIs: (done, of) => (of === null ? number(done) : `${number(done)} / ${number(of)}`),
    secondsLeft: "剩余时间",
    update: "更新索引",
    pause: "暂停",
    resume: "继续",
    otherLanguage: "English",
  },
  en: {
    title: "cnclip picture search",
    skip: "Skip to the results",
    home: "cnclip, start page",
    search: "Search",
    sentence: "Describe the picture",
    placeholder: "Describe the picture, in Chinese",
    clear: "Clear",
    choosePicture: "Search by picture",
    removePicture: "Remove the query picture",
    queryPicture: "Query picture",
    tools: "Search options",
    filters: "Filters",
    without: "Without",
    withoutHint: "e.g. text, people",
    weight: "Lean on",
    weightText: "text",
    weightPicture: "picture",
    weightValue: (percent) => `${percent}% picture`,
    folder: "Folder",
    anyFolder: "All folders",
    after: "Not before",
    before: "Not after",
    side: "Shorter side",
    anySide: "Any",
    sideAtLeast: (pixels) => `At least ${number(pixels)} px`,
    minBytes: "At least (MB)",
    maxBytes: "At most (MB)",
    tags: "Tags",
    resetFilters: "Clear filters",
    removeFilter: (name) => `Remove filter: ${name}`,
    chipAfter: (date) => `from ${date}`,
    chipBefore: (date) => `until ${date}`,
    chipMin: (size) => `≥ ${size} MB`,
    chipMax: (size) => `≤ ${size} MB`,
    results: "Search results",
    summary: (shown, searched) => `${number(shown)} nearest of ${plural(searched, "picture", "pictures")}`,
    summarySeconds: (seconds) => `${seconds} s`,
    truncated: "The sentence is too long: only its beginning was used",
    lessLikely: "Less likely to match",
    noneReally: "Nothing really matches; these are only the nearest",
    more: "Show more",
    showCosine: "Cosine",
    aboutRelevance: "Relevance",
    relevanceExplained: "Relevance says how well a picture fits the description. It compares the picture's cosine similarity with that of the other pictures in the library, so it means the same for every query. Near 100% is very likely a match; below 50% can hardly be told from chance. The cosine is the model's raw similarity.",
    relevance: "Relevance",
    relevanceIs: (percent) => `relevance ${percent}`,
    cosine: "Cosine",
    openPicture: (name) => `View ${name}`,
    similar: "Similar pictures",
    similarTo: (name) => `Find pictures similar to ${name}`,
    viewer: "Picture",
    previous: "Previous",
    next: "Next",
    close: "Close",
    facts: "About the picture",
    path: "Path",
    size: "Dimensions",
    bytes: "File size",
    modified: "Modified",
    copyPath: "Copy path",
    copied: "Path copied",
    copyFailed: "Copying failed: please select the path yourself",
    openOriginal: "Open original",
    viewerKeys: "← → other pictures, Esc closes",
    previewOnly: "The browser cannot show the original; this is its thumbnail.",
    gone: "The original is no longer on disk; this is its thumbnail.",
    notLoaded: "The original could not be loaded; this is its thumbnail.",
    dropHere: "Drop to search by this picture",
    notPicture: "This file is not a picture",
    tooLarge: "The picture is too large, and the browser cannot make it smaller",
    pictureLost: "The query picture is no longer in this page; please choose it again.",
    welcome: "Find that photo with a sentence",
    welcomeText: (pictures) => `${plural(pictures, "picture is", "pictures are")} ready to be searched. Describe what you remember, or drop or paste a picture.`,
    examples: "Try one of these",
    exampleSentences: ["雪地里奔跑的狗", "海边的日落", "穿红色衣服的孩子", "夜晚的城市灯光", "桌上的一碗面"],
    emptyTitle: "No pictures yet",
    emptyText: "Update the index to make the pictures of its source folders searchable.",
    noIndexTitle: "The server has no library open",
    noIndexText: "Start it again with cnclip serve --index and a library.",
    nothingTitle: "Nothing here matches",
    nothingText: (query) => `No picture of this library clearly fits “${query}”. Try other words, or fewer filters.`,
    nothingPicture: "No picture of this library is clearly similar to it.",
    filteredTitle: "No picture passes the filters",
    filteredText: "Widen the folder, dates, size or tags and try again.",
    showNearest: "Show the nearest all the same",
    keyNeededTitle: "A key is needed",
    keyNeededText: "This server only searches for those who hold a key.",
    enterKey: "Enter key",
    keyTitle: "Please enter your key",
    keyText: "This server asks for an API key. It is kept in this tab only and forgotten when you close it.",
    key: "API key",
    keyWrong: "The server did not accept this key. Please check it and try again.",
    keySend: "Continue",
    cancel: "Cancel",
    offlineTitle: "The server cannot be reached",
    offlineText: "Please check that it is running.",
    busyTitle: "The server is busy",
    busyText: "Requests are waiting in line; one moment.",
    failedTitle: "The search did not succeed",
    refusedTitle: "The server did not accept this query",
    retryIn: (seconds) => `Trying again in ${number(seconds)} s`,
    retry: "Try now",
    found: (shown) => `${plural(shown, "picture", "pictures")} found`,
    library: "Library",
    pictures: (count) => plural(count, "picture", "pictures"),
    indexing: (percent) => `Indexing ${percent}`,
    indexingUnknown: "Indexing",
    indexPaused: "Indexing paused",
    indexFailed: "Indexing failed",
    indexDone: "The index is up to date",
    libraryOffline: "Offline",
    model: "Model",
    sources: "Sources",
    errors: "Unreadable",
    changes: "Changes",
    changesAre: (added, changed, removed) => `${number(added)} added, ${number(changed)} changed, ${number(removed)} removed`,
    progress: "Progress",
    progressIs: (done, of) => (of === null ? number(done) : `${number(done)} of ${number(of)}`),
    secondsLeft: "Time left",
    update: "Update index",
    pause: "Pause",
    resume: "Resume",
    otherLanguage: "中文",
  },
};

const listeners = [];
let language = localStorage.getItem("language") ?? (/^zh\b/i.test(navigator.language) ? "zh" : "en");
if (!(language in words)) language = "en";

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

// The string `name`, or what its function makes of `values`.
export function word(name, ...values) {
  const entry = words[language][name];
  return typeof entry === "function" ? entry(...values) : entry;
}

// Calls `render` now and after each change of language.
export function onLanguage(render) {
  listeners.push(render);
  render();
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  for (const render of listeners) render();
}

// Fills in what the HTML asks for: data-word (content), data-label (name for screen readers and tooltip) and data-placeholder.
export function fillWords() {
  document.documentElement.lang = locale();
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = word(element.dataset.placeholder);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
    if (element.tagName === "BUTTON") element.title = word(element.dataset.label);
  }
}

export function number(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

export function percent(share) {
  return new Intl.NumberFormat(locale(), { style: "percent" }).format(share);
}

export function bytes(count) {
  const steps = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let step = 0;
  for (; count >= 1000 && step + 1 < steps.length; ++step) count /= 1000;
  const digits = step > 1 && count < 100 ? 1 : 0;
  return new Intl.NumberFormat(locale(), { style: "unit", unit: steps[step], maximumFractionDigits: digits }).format(count);
}

export function date(text) {
  const time = new Date(text);
  return isNaN(time) ? text : new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeStyle: "short" }).format(time);
}

export function duration(seconds) {
  const [value, unit] = seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(Math.ceil(value));
}
