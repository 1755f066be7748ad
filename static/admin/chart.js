/* Draws the table of the last thirty days, which every browser can read, as bars (uPlot). */
(function () {
  "use strict";

  var table = document.getElementById("daily");
  var place = document.getElementById("chart");
  if (!table || !place || !window.uPlot) return;

  var HEIGHT = 200;
  var days = Array.from(table.tBodies[0].rows).reverse(); // the table begins with the newest
  function column(name) {
    return days.map(function (row) { return Number(row.dataset[name]); });
  }
  function bars(label, colour, side) {
    return {
      label: label,
      fill: colour,
      stroke: colour,
      width: 0,
      points: { show: false },
      paths: window.uPlot.paths.bars({ size: [0.4, 16], align: side, gap: 1 }),
      value: function (chart, yuan) { return yuan == null ? "–" : yuan.toLocaleString("zh-CN", { minimumFractionDigits: 2 }); },
    };
  }
  function day(position) {
    return days[position] ? days[position].cells[0].textContent : "";
  }
  function short(yuan) {
    return yuan >= 10000 ? yuan / 10000 + " 万" : String(yuan);
  }
  var axis = { stroke: "#56676d", font: "12px system-ui, sans-serif", ticks: { show: false } };

  place.hidden = false;
  var chart = new window.uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      cursor: { y: false, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: [-0.7, days.length - 0.3] },
        y: { range: function (chart, least, most) { return [0, most > 0 ? most * 1.08 : 1]; } },
      },
      axes: [
        Object.assign({}, axis, {
          grid: { show: false },
          size: 26,
          incrs: [1, 2, 5, 10],
          space: 64,
          values: function (chart, positions) { return positions.map(function (each) { return day(each).slice(5); }); },
        }),
        Object.assign({}, axis, {
          grid: { stroke: "#dfe6e8", width: 1 },
          size: 56,
          values: function (chart, amounts) { return amounts.map(short); },
        }),
      ],
      series: [
        { label: "日期", value: function (chart, position) { return position == null ? "–" : day(position); } },
        bars("收款（元）", "#2a9d8f", -1),
        bars("退款（元）", "#d4674a", 1),
      ],
    },
    [days.map(function (row, position) { return position; }), column("income"), column("refunds")],
    place
  );
  chart.root.querySelector(".u-wrap").setAttribute("role", "img");
  chart.root.querySelector(".u-wrap").setAttribute("aria-label", "最近 30 天每天的收款与退款，数字见下面的表格");
  new ResizeObserver(function () {
    if (place.clientWidth !== chart.width) chart.setSize({ width: place.clientWidth, height: HEIGHT });
  }).observe(place);
})();
