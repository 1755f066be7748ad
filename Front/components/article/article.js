/** A text in sections: [{title, paragraphs: [string]}]. */
Component({
  properties: {
    sections: Array,
    updated: String,
  },
})
