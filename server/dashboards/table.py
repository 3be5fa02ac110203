"""The Monday page for a spreadsheet. Pure."""

from server.dashboards.figures import Cell, Monday


def table(page: Monday) -> list[list[str | int]]:
    """The page for a spreadsheet, with a head."""
    rows: list[list[str | int]] = [["栏目", "指标", "本期", "本期样本", "上期", "上期样本", "说明"]]
    for one in page.figures:
        cells = [part for cell in (one.this, one.last) for part in (_value(cell), _sample(cell))]
        rows.append(["指标", one.name, *cells, one.means])
    rows += [["类别", one.name, one.this.value, "", one.last.value, "", one.change] for one in page.groups]
    rows += [["现在未结，另计", one.name, one.tickets.value, "", "", "", one.note] for one in page.held]
    rows += [["收到，另计", one.name, one.this.value, "", one.last.value, "", ""] for one in page.asides]
    rows += [["超期未结", one.name, one.overdue.value, "", "", "", f"最久 {one.longest}"] for one in page.owners]
    rows += [["重复地点", one.title, one.tickets.value, "", "", "", f"{page.topic_days} 天"] for one in page.proposed]
    rows += [["投诉", one.month, one.number, "", "", "", one.note] for one in page.months]
    rows += [["小站屏幕", word, number, "", "", "", ""] for word, number in page.screen_words]
    return [["周报", f"{page.this.first} 起一周，上期 {page.last.first} 起一周", "", "", "", "", ""], *rows]


def _value(cell: Cell) -> str | int:
    return cell.text or (cell.hits.value if cell.hits else "")


def _sample(cell: Cell) -> str | int:
    if cell.sample is None:
        return ""
    return f"{cell.hits.value} / {cell.sample.value}" if cell.hits else cell.sample.value
