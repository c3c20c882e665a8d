// SPDX-License-Identifier: Apache-2.0
#include "tests/log/fake_disk.h"

#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512 };

static uint64_t random_number(FakeDisk *fake, uint64_t below)
{
    fake->seed ^= fake->seed << 13;
    fake->seed ^= fake->seed >> 7;
    fake->seed ^= fake->seed << 17;
    return fake->seed % below;
}

static bool goes_wrong(FakeDisk *fake)
{
    fake->calls++;
    return fake->calls == fake->fails_at ||
           (fake->dies_at != 0 && fake->calls >= fake->dies_at);
}

static bool is_dead(const FakeDisk *fake)
{
    return fake->dies_at != 0 && fake->calls > fake->dies_at;
}

static void resize(FakeImage *image, uint64_t size)
{
    image->bytes = realloc(image->bytes, size + 1);
    CHECK(image->bytes);
    if (size > image->size)
        memset(image->bytes + image->size, 0, size - image->size);
    image->size = size;
}

// What becomes of the sectors that were written.
typedef enum Fate {
    FATE_SYNCED,    // they are on the disk, but for those that were forgotten
    FATE_LOST,      // some of them, and the others are as they were before
    FATE_FORGOTTEN, // some of them, and nobody knows any more that the others aren't
} Fate;

static void settle(FakeDisk *fake, FakeFile *file, Fate fate)
{
    resize(&file->synced, file->now.size);
    resize(&file->forgotten, file->now.size / SECTOR + 1);
    for (uint64_t at = 0; at < file->now.size; at += SECTOR) {
        uint64_t left = file->now.size - at;
        size_t len = left < SECTOR ? (size_t)left : SECTOR;
        char *is_forgotten = &file->forgotten.bytes[at / SECTOR];
        bool is_kept =
            !*is_forgotten && (fate == FATE_SYNCED || random_number(fake, 2) == 0);
        if (is_kept)
            memcpy(file->synced.bytes + at, file->now.bytes + at, len);
        else if (fate == FATE_LOST)
            memcpy(file->now.bytes + at, file->synced.bytes + at, len);
        else
            *is_forgotten = true;
    }
    if (fate == FATE_LOST)
        resize(&file->forgotten, 0);
}

// What is written again is known to be new.
static void remember(FakeFile *file, uint64_t offset, uint64_t len)
{
    resize(&file->forgotten, file->now.size / SECTOR + 1);
    for (uint64_t at = offset / SECTOR; len > 0 && at <= (offset + len - 1) / SECTOR;
         at++)
        file->forgotten.bytes[at] = false;
}

static FakeName *find(FakeDisk *fake, const char *name)
{
    for (int i = 0; i < FAKE_FILES_MAX; i++)
        if (strcmp(fake->names[i].text, name) == 0)
            return &fake->names[i];
    return NULL;
}

static Status fake_create(const Disk *disk, const char *name, uint64_t size, int *out)
{
    FakeDisk *fake = disk->context;
    if (goes_wrong(fake))
        return fake->failure;
    FakeName *place = find(fake, name);
    if (!place)
        place = find(fake, "");
    CHECK(place && strlen(name) < FAKE_NAME_MAX && fake->file_count < FAKE_FILES_MAX);
    memcpy(place->text, name, strlen(name) + 1);
    place->file = fake->file_count++;
    resize(&fake->files[place->file].now, size);
    *out = place->file;
    return STATUS_OK;
}

static Status fake_open(const Disk *disk, const char *name, int *out, uint64_t *size)
{
    FakeDisk *fake = disk->context;
    if (goes_wrong(fake))
        return fake->failure;
    const FakeName *place = find(fake, name);
    if (!place)
        return STATUS_NOT_FOUND;
    *out = place->file;
    *size = fake->files[place->file].now.size;
    return STATUS_OK;
}

static void fake_close(const Disk *disk, int file)
{
    (void)disk;
    (void)file;
}

static Status fake_read(const Disk *disk, int file, uint64_t offset, void *into,
                        size_t len)
{
    FakeDisk *fake = disk->context;
    const FakeImage *image = &fake->files[file].now;
    if (goes_wrong(fake))
        return fake->failure;
    if (offset + len > image->size)
        return STATUS_IO;
    memcpy(into, image->bytes + offset, len);
    return STATUS_OK;
}

// One that goes wrong has written some of it.
static Status fake_write(const Disk *disk, int file, uint64_t offset, Str bytes)
{
    FakeDisk *fake = disk->context;
    FakeImage *image = &fake->files[file].now;
    bool is_wrong = goes_wrong(fake);
    if (is_dead(fake))
        return fake->failure;
    if (is_wrong)
        bytes = str_slice(bytes, 0, (size_t)random_number(fake, bytes.len + 1));
    if (bytes.len > 0 && offset + bytes.len > image->size)
        resize(image, offset + bytes.len);
    if (bytes.len > 0)
        memcpy(image->bytes + offset, bytes.at, bytes.len);
    remember(&fake->files[file], offset, bytes.len);
    return is_wrong ? fake->failure : STATUS_OK;
}

// One that goes wrong has lost some, which are read as they were before, or as if all
// were well.
static Status fake_sync(const Disk *disk, int file)
{
    FakeDisk *fake = disk->context;
    bool is_wrong = goes_wrong(fake);
    if (is_wrong && fake->calls != fake->fails_at)
        return fake->failure; // nobody is there any more to be told
    Fate wrong = random_number(fake, 2) == 0 ? FATE_LOST : FATE_FORGOTTEN;
    settle(fake, &fake->files[file], is_wrong ? wrong : FATE_SYNCED);
    return is_wrong ? fake->failure : STATUS_OK;
}

static Status fake_cut(const Disk *disk, int file, uint64_t size)
{
    FakeDisk *fake = disk->context;
    if (goes_wrong(fake))
        return fake->failure;
    resize(&fake->files[file].now, size);
    return STATUS_OK;
}

static Status fake_rename(const Disk *disk, const char *from, const char *to)
{
    FakeDisk *fake = disk->context;
    if (goes_wrong(fake))
        return fake->failure;
    FakeName *old = find(fake, to), *place = find(fake, from);
    if (!place)
        return STATUS_NOT_FOUND;
    if (old)
        old->text[0] = '\0';
    memcpy(place->text, to, strlen(to) + 1);
    return STATUS_OK;
}

static Status fake_remove(const Disk *disk, const char *name)
{
    FakeDisk *fake = disk->context;
    if (goes_wrong(fake))
        return fake->failure;
    FakeName *place = find(fake, name);
    if (!place)
        return STATUS_NOT_FOUND;
    place->text[0] = '\0';
    return STATUS_OK;
}

static Status fake_sync_names(const Disk *disk)
{
    FakeDisk *fake = disk->context;
    if (goes_wrong(fake))
        return fake->failure;
    memcpy(fake->synced_names, fake->names, sizeof fake->names);
    return STATUS_OK;
}

static Status fake_list(const Disk *disk, DiskVisit *visit, void *context)
{
    FakeDisk *fake = disk->context;
    if (goes_wrong(fake))
        return fake->failure;
    for (int i = 0; i < FAKE_FILES_MAX; i++)
        if (fake->names[i].text[0] != '\0')
            visit(context, fake->names[i].text);
    return STATUS_OK;
}

static const DiskCalls FAKE_CALLS = {
    .create = fake_create,
    .open = fake_open,
    .close = fake_close,
    .read = fake_read,
    .write = fake_write,
    .sync = fake_sync,
    .cut = fake_cut,
    .rename = fake_rename,
    .remove = fake_remove,
    .sync_names = fake_sync_names,
    .list = fake_list,
};

Disk fake_disk_begin(FakeDisk *fake, uint64_t seed)
{
    memset(fake, 0, sizeof *fake);
    fake->seed = seed * 0x9e3779b97f4a7c15 + 1;
    fake->failure = STATUS_IO;
    return (Disk){.calls = &FAKE_CALLS, .context = fake};
}

// Files that have no name any more make room for others.
static void collect(FakeDisk *fake)
{
    FakeFile kept[FAKE_FILES_MAX] = {0};
    int count = 0;
    for (int i = 0; i < FAKE_FILES_MAX; i++) {
        FakeName *name = &fake->names[i];
        if (name->text[0] == '\0')
            continue;
        kept[count] = fake->files[name->file];
        fake->files[name->file] = (FakeFile){0};
        name->file = count++;
    }
    for (int i = 0; i < FAKE_FILES_MAX; i++) {
        free(fake->files[i].now.bytes);
        free(fake->files[i].synced.bytes);
        free(fake->files[i].forgotten.bytes);
    }
    memcpy(fake->files, kept, sizeof kept);
    memcpy(fake->synced_names, fake->names, sizeof fake->names);
    fake->file_count = count;
    fake->calls = fake->fails_at = fake->dies_at = 0;
}

void fake_disk_free(FakeDisk *fake)
{
    memset(fake->names, 0, sizeof fake->names);
    collect(fake);
}

void fake_disk_kill(FakeDisk *fake)
{
    collect(fake);
}

void fake_disk_cut_power(FakeDisk *fake)
{
    if (random_number(fake, 2) == 0)
        memcpy(fake->names, fake->synced_names, sizeof fake->names);
    for (int i = 0; i < fake->file_count; i++)
        settle(fake, &fake->files[i], FATE_LOST);
    collect(fake);
}

void fake_disk_flip(FakeDisk *fake, const char *name, uint64_t offset)
{
    FakeName *place = find(fake, name);
    CHECK(place && offset < fake->files[place->file].now.size);
    fake->files[place->file].now.bytes[offset] ^= 0x10;
}

bool fake_disk_has(const FakeDisk *fake, const char *name)
{
    for (int i = 0; i < FAKE_FILES_MAX; i++)
        if (strcmp(fake->names[i].text, name) == 0)
            return true;
    return false;
}
