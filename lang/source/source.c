// SPDX-License-Identifier: Apache-2.0
#include "lang/source/source.h"

#include <string.h>

#include "engine/base/utf8.h"

void sources_init(Sources *sources, Arena *arena, SourceReader read, void *context)
{
    *sources = (Sources){.arena = arena, .end = 1, .read = read, .context = context};
}

static void sources_grow(Sources *sources)
{
    uint32_t capacity = sources->capacity == 0 ? 8 : sources->capacity * 2;
    Source **items = ARENA_ARRAY(sources->arena, capacity, Source *);
    if (sources->count > 0)
        memcpy(items, sources->items, sources->count * sizeof(Source *));
    sources->items = items;
    sources->capacity = capacity;
}

// Gives a text that lies on the arena its place in the space of offsets.
static Status sources_place(Sources *sources, Str path, Str text, Source **placed)
{
    if (text.len >= SOURCES_MAX_BYTES - sources->end)
        return STATUS_LIMIT;
    if (sources->count == sources->capacity)
        sources_grow(sources);
    Source *source = ARENA_NEW(sources->arena, Source);
    source->path = arena_str(sources->arena, path);
    source->text = text;
    source->base = sources->end;
    source->number = sources->count;
    sources->items[sources->count++] = source;
    sources->end += (uint32_t)text.len + 1;
    *placed = source;
    return STATUS_OK;
}

Status sources_add(Sources *sources, Str path, Str text, Source **added)
{
    if (text.len >= SOURCES_MAX_BYTES - sources->end)
        return STATUS_LIMIT;
    return sources_place(sources, path, arena_str(sources->arena, text), added);
}

Status sources_load(Sources *sources, Str path, Source **loaded)
{
    for (uint32_t i = 0; i < sources->count; i++) {
        if (str_eq(sources->items[i]->path, path)) {
            *loaded = sources->items[i];
            return STATUS_OK;
        }
    }
    ENSURE(sources->read != NULL, STATUS_NOT_FOUND);
    Str text;
    TRY(sources->read(sources->context, sources->arena, path, &text));
    return sources_place(sources, path, text, loaded);
}

Source *sources_find(const Sources *sources, uint32_t offset)
{
    uint32_t low = 0;
    uint32_t high = sources->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        Source *source = sources->items[middle];
        if (offset < source->base)
            high = middle;
        else if (offset > source->base + source->text.len)
            low = middle + 1;
        else
            return source;
    }
    return NULL;
}

static void source_find_lines(Source *source, Arena *arena)
{
    if (source->lines != NULL)
        return;
    uint32_t count = 1;
    for (size_t i = 0; i < source->text.len; i++)
        count += source->text.at[i] == '\n';
    source->lines = ARENA_ARRAY(arena, count, uint32_t);
    uint32_t line = 1;
    for (size_t i = 0; i < source->text.len; i++) {
        if (source->text.at[i] == '\n')
            source->lines[line++] = (uint32_t)i + 1;
    }
    source->line_count = count;
}

Location sources_locate(const Sources *sources, uint32_t offset)
{
    Source *source = sources_find(sources, offset);
    if (source == NULL)
        return (Location){NULL, 0, 0};
    source_find_lines(source, sources->arena);
    uint32_t inside = offset - source->base;
    uint32_t low = 0;
    uint32_t high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= inside)
            low = middle;
        else
            high = middle;
    }
    uint32_t column = 1;
    for (uint32_t i = source->lines[low]; i < inside; i++) {
        // Continuation bytes (10xxxxxx) begin no code point; the byte after them does.
        unsigned char after = (unsigned char)source->text.at[i + 1];
        column += (after & 0xC0) != 0x80;
    }
    return (Location){source, low + 1, column};
}

Str sources_text(const Sources *sources, Span span)
{
    const Source *source = sources_find(sources, span.start);
    if (source == NULL || span.end < span.start)
        return (Str){"", 0};
    return str_slice(source->text, span.start - source->base, span.end - source->base);
}

uint32_t source_line_count(Source *source, Arena *arena)
{
    source_find_lines(source, arena);
    bool ends_empty = source->lines[source->line_count - 1] == source->text.len;
    return source->line_count - (ends_empty ? 1 : 0);
}

Str source_line(Source *source, Arena *arena, uint32_t line)
{
    source_find_lines(source, arena);
    if (line == 0 || line > source->line_count)
        return (Str){"", 0};
    size_t from = source->lines[line - 1];
    size_t to = line < source->line_count ? source->lines[line] - 1 : source->text.len;
    if (to > from && source->text.at[to - 1] == '\r')
        to--;
    return str_slice(source->text, from, to);
}

uint32_t source_line_start(Source *source, Arena *arena, uint32_t line)
{
    source_find_lines(source, arena);
    CHECK(line >= 1 && line <= source->line_count);
    return source->base + source->lines[line - 1];
}

bool source_hides(uint32_t point)
{
    return (point < 0x20 && point != '\t' && point != '\n' && point != '\r') ||
           (point >= 0x7F && point <= 0x9F) || point == 0xAD || point == 0x061C ||
           (point >= 0x200B && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
           (point >= 0xFFF9 && point <= 0xFFFB) ||
           (point >= 0xE0000 && point <= 0xE007F);
}

void source_show(Buf *out, Str text)
{
    while (text.len > 0) {
        Str before = text;
        uint32_t point = 0;
        bool is_good = utf8_next(&text, &point);
        if (!is_good)
            text = str_slice(text, 1, text.len);
        bool is_shown = is_good && point != 0 && point != '\n' && !source_hides(point);
        buf_str(out, is_shown ? str_slice(before, 0, before.len - text.len)
                              : STR("\xEF\xBF\xBD"));
    }
}
