// The built-in elements of WXML. In the page they are custom elements named "wx-…", so a tag selector in WXSS has to be
// renamed. An element missing here would be looked for among the components and reported as unknown.
export const BUILT_IN = new Set(
  `
  view text image button input textarea form label picker picker-view picker-view-column radio radio-group checkbox
  checkbox-group switch slider swiper swiper-item scroll-view navigator icon progress rich-text web-view cover-view
  cover-image canvas video map movable-area movable-view root-portal page-container page-meta navigation-bar block
  share-element match-media camera audio open-data page
`
    .trim()
    .split(/\s+/),
)
